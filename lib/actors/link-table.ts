import type { GuestLinks } from '../threads/guest-links.ts';

/** The channels of every instance whose life is under way. */
export class LinkTable {
  readonly #links = new Map<string, GuestLinks>();

  of(instanceId: string): GuestLinks | undefined {
    return this.#links.get(instanceId);
  }

  all(): Iterable<GuestLinks> {
    return this.#links.values();
  }

  put(links: GuestLinks): void {
    this.#links.set(links.instanceId, links);
  }

  /** A life that is over; one that has followed it stays. */
  remove(links: GuestLinks): void {
    if (this.#links.get(links.instanceId) === links) this.#links.delete(links.instanceId);
  }
}
