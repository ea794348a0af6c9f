import type { IncomingMessage, ServerResponse } from 'node:http';

/** Counts the requests that are answered, so that a host can be left when none is any more. */
export class HostDrain {
  readonly #underWay = new Set<ServerResponse>();
  readonly #waiting = new Set<() => void>();
  #isDraining = false;

  /** Whether the host takes no new work. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Requests under way. */
  get size(): number {
    return this.#underWay.size;
  }

  begin(): void {
    this.#isDraining = true;
  }

  /** Follows a request until it is answered or its caller is gone. */
  follow(_request: IncomingMessage, response: ServerResponse): void {
    this.#underWay.add(response);
    response.once('close', () => this.leave(response));
  }

  /** Lets go of a request that has no end of its own. */
  leave(response: ServerResponse): void {
    if (!this.#underWay.delete(response) || this.#underWay.size > 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Resolves when nothing is under way. */
  async empty(): Promise<void> {
    while (this.#underWay.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
    }
  }
}
