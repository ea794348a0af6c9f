import { WasmatrixError } from '../core/errors.ts';
import { EXIT, reportFailure } from './failure-report.ts';

const STREAMS = [process.stdout, process.stderr] as const;
/** Between two looks at what is left to be written. */
const LOOK_MS = 20;

let onError = (_error: NodeJS.ErrnoException): void => undefined;

/** Ends this process where its results can no longer be written: quietly, if whoever reads has seen enough. */
export function endWithReader(isJson: boolean): void {
  onError = (error) => {
    // As `head` does.
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    const message = `standard output cannot be written: ${error.code ?? error.message}`;
    process.exit(reportFailure(new WasmatrixError('STORAGE_ERROR', message), isJson));
  };
  process.stdout.on('error', (error) => onError(error));
  // What is beside the result is not missed.
  process.stderr.on('error', () => undefined);
}

/** From now on nothing ends by what becomes of its readers: its lines go nowhere. */
export function outliveReader(): void {
  onError = () => undefined;
}

/** Ends this process where readers have not taken what is left for them by then. */
export async function leaveWithin(ms: number, code: number): Promise<void> {
  const end = Date.now() + ms;
  while (STREAMS.some(({ writableLength }) => writableLength > 0)) {
    if (Date.now() >= end) process.exit(code);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
