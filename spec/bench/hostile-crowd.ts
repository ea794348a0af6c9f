import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { AT_ONCE, failureOf, pause } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';

/** Time for a guest to take a core before it is killed. */
const DEADLINE_MS = 20;

/** Guests that loop, are killed at a short deadline and come back at once, again and again. */
export class HostileCrowd {
  readonly #supervisor: Supervisor;
  readonly #over = new AbortController();
  readonly #ids: readonly string[];
  readonly #loops: readonly Promise<void>[];

  private constructor(supervisor: Supervisor, ids: readonly string[]) {
    this.#supervisor = supervisor;
    this.#ids = ids;
    this.#loops = ids.map((id) => this.#provoke(id));
  }

  /** Resolves when each of them has been killed once. */
  static async open(
    supervisor: Supervisor,
    count: number,
    isolation: 'thread' | 'process',
    signal: AbortSignal,
  ): Promise<HostileCrowd> {
    const spec = { module: guestPath('core'), isolation, restartPolicy: AT_ONCE };
    const ids = await Promise.all(
      Array.from({ length: count }, () => supervisor.startInstance(spec)),
    );
    const crowd = new HostileCrowd(supervisor, ids);
    while ((await crowd.#restarts()).some((restarts) => restarts === 0)) {
      signal.throwIfAborted();
      await pause(10);
    }
    return crowd;
  }

  async #restarts(): Promise<readonly number[]> {
    const infos = await Promise.all(this.#ids.map((id) => this.#supervisor.queryInstance(id)));
    return infos.map(({ restarts }) => restarts);
  }

  /** How many of them have been killed so far. */
  async kills(): Promise<number> {
    return (await this.#restarts()).reduce((sum, restarts) => sum + restarts, 0);
  }

  async #provoke(id: string): Promise<void> {
    while (!this.#over.signal.aborted) {
      const call = this.#supervisor.invoke(id, 'spin', [], { timeoutMs: DEADLINE_MS });
      const { code } = await failureOf(call);
      // Between two lives it takes no calls.
      if (code === 'INVALID_REQUEST') await pause(1);
    }
  }

  /** Stops them; resolves when nothing of them is left. */
  async close(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#loops);
    await Promise.all(this.#ids.map((id) => this.#supervisor.stopInstance(id, { graceMs: 0 })));
  }
}
