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
