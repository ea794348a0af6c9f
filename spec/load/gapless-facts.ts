import type { Supervisor } from '../../lib/actors/supervisor.ts';

/** Hears every fact of a supervisor and looks whether one is missing. */
export class GaplessFacts {
  readonly #over = new AbortController();
  readonly #heard: Promise<void>;
  #lastSeq: number | undefined;
  #fault: string | undefined;
  #count = 0;

  constructor(supervisor: Supervisor) {
    this.#heard = this.#hear(supervisor);
  }

  /** Facts heard so far. */
  get count(): number {
    return this.#count;
  }

  /** The first gap; nothing if there was none. */
  get fault(): string | undefined {
    return this.#fault;
  }

  async #hear(supervisor: Supervisor): Promise<void> {
    for await (const { seq } of supervisor.events({ signal: this.#over.signal })) {
      const wanted = (this.#lastSeq ?? seq - 1) + 1;
      if (seq !== wanted) this.#fault ??= `the fact ${wanted} is missing before ${seq}`;
      this.#lastSeq = seq;
      this.#count += 1;
    }
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#heard.catch(() => undefined);
  }
}
