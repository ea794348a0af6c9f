import { WasmatrixError } from '../core/errors.ts';

/** How a thread came to its end. */
export interface ThreadEnd {
  readonly reason: 'terminated' | 'out-of-memory' | 'lost';
  readonly message: string;
}

/** The thread ended before it answered. */
export class ThreadGone extends Error {
  readonly end: ThreadEnd;
  constructor(end: ThreadEnd) {
    super(end.message);
    this.end = end;
  }
}

/** What would carry a guest has not loaded: the machine is overrun. */
export function notLoaded(deadlineMs: number): WasmatrixError {
  return new WasmatrixError(
    'TIMEOUT',
    `nothing to run the guest was ready within ${deadlineMs} ms`,
    {
      phase: 'loading',
      deadlineMs,
    },
  );
}
