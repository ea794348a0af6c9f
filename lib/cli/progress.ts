import { SingleBar } from 'cli-progress';

/** Long work, as it goes on. */
export interface Progress {
  step(): void;
  stop(): void;
}

/** A bar on standard error; nothing, where that is no terminal. */
export function progressOf(what: string, total: number): Progress {
  if (!process.stderr.isTTY || total === 0) return { step: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    format: `${what.padEnd(8)} {bar} {value} of {total}, {eta_formatted} left`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(total, 0);
  return { step: () => bar.increment(), stop: () => bar.stop() };
}
