import { readFileSync } from 'node:fs';

/** What a caller in flight may have to wait for. */
const LOOK_EVERY_MS = 10;
/** What the process has still sent arrives within it. */
const LAST_MESSAGES_MS = 10;

/**
 * Tells when a process has been killed, long before the system has taken everything back: to free the
 * memory of some hundreds of threads can take it seconds, and only then does it close the channels of
 * the process and tell its parent. Its first thread, which runs no guest, is gone from the first moment.
 * Linux only; elsewhere there is nothing to be seen.
 */
export class DeathWatch {
  readonly #path: string;
  #timer: NodeJS.Timeout;

  /** @param onDead - heard once, unless the watch is closed before. */
  constructor(pid: number, onDead: () => void) {
    this.#path = `/proc/${pid}/task/${pid}/stat`;
    this.#timer = setInterval(() => {
      if (!this.#isDead()) return;
      this.close();
      this.#timer = setTimeout(onDead, LAST_MESSAGES_MS);
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** A look takes some 10 µs. */
  #isDead(): boolean {
    try {
      // The name before it may hold anything, brackets included.
      const [, state] = /\) (\S) [^)]*$/.exec(readFileSync(this.#path, 'latin1')) ?? [];
      return state === 'Z' || state === 'X';
    } catch {
      // No such system, or gone altogether, which is told by Node.
      return false;
    }
  }

  /** Looks no more. Idempotent. */
  close(): void {
    clearInterval(this.#timer);
  }
}
