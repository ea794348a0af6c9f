import type { GuestHost } from '../../../guest.ts';
import { GuestTrap } from '../../../guest-failure.ts';
import { HostResource } from '../host-imports.ts';

/** Longer sleeps are made of pieces, because the number of milliseconds may be beyond any timer. */
const SLEEP_PIECE_NS = 3_600_000_000_000n;
/** Enough for any event loop, and the list of what is ready stays small. */
const MAX_POLLED = 65_536;

/**
 * Something to wait for: a moment, or nothing at all, as all I/O of a guest is synchronous.
 *
 * @internal
 */
export class Pollable extends HostResource {
  readonly #readyAtNs: bigint;

  /**
   * @param readyAtNs - on the guest's monotonic clock. Default: it is ready from the start.
   */
  constructor(readyAtNs = 0n) {
    super();
    this.#readyAtNs = readyAtNs;
  }

  isReady(nowNs: bigint): boolean {
    return nowNs >= this.#readyAtNs;
  }

  nsLeft(nowNs: bigint): bigint {
    return this.#readyAtNs - nowNs;
  }
}

/**
 * Blocks until at least one is ready, and answers the positions of all that are.
 *
 * @throws `GuestTrap` for an empty list, which could never wake up, or too long a one.
 * @internal
 */
export function pollUntilReady(host: GuestHost, pollables: readonly Pollable[]): Uint32Array {
  if (pollables.length === 0) throw new GuestTrap('poll of an empty list');
  if (pollables.length > MAX_POLLED) throw new GuestTrap(`poll of more than ${MAX_POLLED}`);
  for (;;) {
    const nowNs = host.monotonicClockNs();
    const ready: number[] = [];
    let waitNs = SLEEP_PIECE_NS;
    for (const [index, pollable] of pollables.entries()) {
      const leftNs = pollable.nsLeft(nowNs);
      if (leftNs <= 0n) ready.push(index);
      else if (leftNs < waitNs) waitNs = leftNs;
    }
    if (ready.length > 0) return Uint32Array.from(ready);
    host.sleep(Number(waitNs) / 1e6);
  }
}
