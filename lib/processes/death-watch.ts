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
      return isDying(readFileSync(this.#path, 'latin1'));
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

/** Of the flags of a task: it is on its way out. */
const PF_EXITING = 0x4;
/** Of pending signals, which are counted from 1. */
const SIGKILL = 1 << 8;

/**
 * Whether a task has been killed: it is gone, or has yet to hear of it, because others that die with it have
 * the processors.
 *
 * @param stat - what `/proc/<pid>/task/<tid>/stat` says, see proc_pid_stat(5).
 */
export function isDying(stat: string): boolean {
  // The name that stands first may hold anything, brackets included.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const [flags, pending] = [Number(fields[6]), Number(fields[28])];
  return state === 'Z' || state === 'X' || (flags & PF_EXITING) !== 0 || (pending & SIGKILL) !== 0;
}
