import type { ThreadEnd } from '../threads/thread-end.ts';

/** Characters kept of what a process says on standard error before it ends. */
const LAST_WORDS = 4_096;

/** The last that a process has written to standard error: an engine that aborts says why. */
export class LastWords {
  #text = '';

  add(chunk: string): void {
    this.#text = (this.#text + chunk).slice(-LAST_WORDS);
  }

  get text(): string {
    return this.#text;
  }
}

/** V8 says so when a heap cannot grow any more. */
const OUT_OF_MEMORY = /out of memory|heap limit|allocation failed/i;
/** What V8 and Node write when they give up, see `OnFatalError` and `FatalProcessOutOfMemory`. */
const REASON = /^(?:FATAL ERROR: .+|# ?Fatal .+|Fatal .+)$/m;

/**
 * How a process came to its end by itself, or by somebody else.
 *
 * @param code - nothing where neither this nor the signal is known yet.
 * @param words - the end of what it wrote to standard error.
 */
export function endOfChild(code: number | null, signal: string | null, words: string): ThreadEnd {
  const how = signal !== null ? ` by ${signal}` : code !== null ? ` with code ${code}` : '';
  const why = REASON.exec(words)?.[0].slice(0, 300);
  return {
    reason: OUT_OF_MEMORY.test(words) ? 'out-of-memory' : 'lost',
    message: `the guest's process has ended${how}${why === undefined ? '' : `: ${why}`}`,
  };
}
