import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { messageOf } from '../../lib/core/errors.ts';
import { pause } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';

/** Between two questions, so that the guests under test get the processor. */
const PULSE_PAUSE_MS = 5;
const KEY = 'asked';

/** Two innocent guests: one that only computes, and one that counts in the store all guests share. */
export class Neighbours {
  readonly #supervisor: Supervisor;
  readonly #numbers: string;
  readonly #counter: string;
  #asked = 0;

  constructor(supervisor: Supervisor, numbers: string, counter: string) {
    this.#supervisor = supervisor;
    this.#numbers = numbers;
    this.#counter = counter;
  }

  /** Asks both once, and whether they have lived through everything. */
  async check(problems: string[]): Promise<void> {
    await this.#ask(problems);
    for (const id of [this.#numbers, this.#counter]) {
      const { status, restarts } = await this.#supervisor.queryInstance(id);
      if (status !== 'running' || restarts !== 0) {
        problems.push(`a neighbour is ${status} after ${restarts} restarts`);
      }
    }
  }

  /** Keeps asking until it is stopped. */
  startPulse(): { readonly stop: (problems: string[]) => Promise<number> } {
    const found: string[] = [];
    const stopping = new AbortController();
    let slowestMs = 0;
    const pulse = (async () => {
      while (!stopping.signal.aborted && found.length === 0) {
        const askedAt = performance.now();
        await this.#ask(found);
        slowestMs = Math.max(slowestMs, performance.now() - askedAt);
        await pause(PULSE_PAUSE_MS);
      }
    })();
    return {
      stop: async (problems) => {
        stopping.abort();
        await pulse;
        problems.push(...found);
        return slowestMs;
      },
    };
  }

  /** Publishes a message by a guest that may. */
  async publish({ topic, body }: { topic: string; body: Uint8Array }): Promise<void> {
    const publisher = await this.#supervisor.startInstance({
      module: guestBytes('messenger-c'),
      capabilities: [
        { capabilityId: 'bus', providerType: 'messaging', permissions: ['msg:publish'] },
      ],
    });
    await this.#supervisor.invoke(publisher, 'publish', [topic, body]);
    await this.#supervisor.stopInstance(publisher, { graceMs: 0 });
  }

  async #ask(problems: string[]): Promise<void> {
    this.#asked += 1;
    try {
      const sum = await this.#supervisor.invoke(this.#numbers, 'add', [this.#asked, 1]);
      if (sum !== this.#asked + 1) problems.push(`a neighbour adds wrongly: ${String(sum)}`);
      const count = await this.#supervisor.invoke(this.#counter, 'bump', [KEY]);
      if (count !== BigInt(this.#asked)) {
        problems.push(`a neighbour counts ${String(count)} instead of ${this.#asked}`);
      }
    } catch (error) {
      problems.push(`a neighbour did not answer: ${messageOf(error)}`);
    }
  }
}
