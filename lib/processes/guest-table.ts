import type { GuestReport, ProcessDemand } from '../protocol/process-messages.ts';
import type { ThreadEnd } from '../threads/thread-end.ts';
import { ProcessGuest, type ProcessParts } from './process-guest.ts';

/** Nobody else notices. */
const SLICE_MS = 5;

/** The guests of one process, by the numbers that they have there. */
export class GuestTable {
  readonly #parts: ProcessParts;
  readonly #guests = new Map<number, ProcessGuest>();
  #lastGuest = 0;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#guests.size;
  }

  values(): Iterable<ProcessGuest> {
    return this.#guests.values();
  }

  /** Asks the process for a thread for one more guest. */
  open({ heapMb, memories, initialMemoryBytes, memoryBytes }: ProcessDemand): ProcessGuest {
    const id = ++this.#lastGuest;
    const guest = new ProcessGuest(id, this.#parts);
    this.#guests.set(id, guest);
    void guest.ended.then(() => this.#guests.delete(id));
    const demand = { heapMb, memories, initialMemoryBytes, memoryBytes };
    this.#parts.post({ kind: 'wasmatrix.open', guest: id, ...demand });
    return guest;
  }

  /** Takes a message to the guest that it is about. */
  receive(report: GuestReport): void {
    this.#guests.get(report.guest)?.receive(report);
  }

  /**
   * The process is gone. Its guests are told one after the other, those first that are in a call, and
   * not all at once: what follows from the end of one takes half a millisecond, and neither those who wait
   * for its answer nor anybody else should wait for hundreds of others.
   */
  lost(end: ThreadEnd): void {
    const [busy, idle]: [ProcessGuest[], ProcessGuest[]] = [[], []];
    for (const guest of this.#guests.values()) (guest.isBusy ? busy : idle).push(guest);
    const guests = [...busy, ...idle];
    let told = 0;
    const tellSome = (): void => {
      const untilMs = performance.now() + SLICE_MS;
      while (told < guests.length && performance.now() < untilMs) guests[told++]?.lost(end);
      if (told < guests.length) setImmediate(tellSome);
    };
    tellSome();
  }
}
