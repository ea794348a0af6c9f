import type { GuestHost } from '../../../guest.ts';
import { GuestTrap } from '../../../guest-failure.ts';
import { HostResource } from '../host-imports.ts';

/** Longer sleeps are made of pieces, because the number of milliseconds may be beyond any timer. */
const SLEEP_PIECE_NS = 3_600_000_000_000n;
/**
 * Most milliseconds that a provider is asked to wait in one call, so that a guest which waits for long
 * is seen to be alive, and no call is near its own deadline.
 *
 * @internal
 */
export const LONGEST_ASK_MS = 1_000;
/** Where several have to be asked, each can only be asked in turn. */
const TURN_MS = 20;
/** What one call of a provider asks about at the most. */
const MAX_ASKED = 1_024;
/** Enough for any event loop, and the list of what is ready stays small. */
const MAX_POLLED = 65_536;

/**
 * Something that comes true without the guest's doing, and that somebody has to be asked about.
 *
 * @internal
 */
export interface Condition {
  /** Conditions of one group are asked about together; of none, if only the guest can bring it about. */
  readonly group: string | undefined;
  /** Whether it is known to be true, without asking. */
  isKnown(): boolean;
  /**
   * Asks about conditions of the group, this one among them, and blocks until one is true.
   *
   * @param waitMs - at the most; 0 only asks.
   * @returns those that are true.
   */
  ask(conditions: readonly Condition[], waitMs: number): readonly Condition[];
}

/**
 * Something to wait for: a moment, a condition, or nothing at all, as most I/O of a guest is
 * synchronous.
 *
 * @internal
 */
export class Pollable extends HostResource {
  readonly condition: Condition | undefined;
  readonly #readyAtNs: bigint;

  /**
   * @param awaited - a moment on the guest's monotonic clock, or a condition. Default: it is ready
   *   from the start.
   */
  constructor(awaited: bigint | Condition = 0n) {
    super();
    this.condition = typeof awaited === 'bigint' ? undefined : awaited;
    this.#readyAtNs = typeof awaited === 'bigint' ? awaited : 0n;
  }

  /** Whether it is ready as far as is known without asking. */
  isReady(nowNs: bigint): boolean {
    return this.condition === undefined ? nowNs >= this.#readyAtNs : this.condition.isKnown();
  }

  nsLeft(nowNs: bigint): bigint {
    return this.#readyAtNs - nowNs;
  }
}

/** What a poll has to wait for. */
interface Awaited {
  /** Conditions that are asked about together. */
  readonly asked: readonly (readonly Condition[])[];
  /** Until the first of all timers; undefined without a timer. */
  readonly timerNs: bigint | undefined;
}

function toAwait(pollables: readonly Pollable[], nowNs: bigint): Awaited {
  const groups = new Map<string, Set<Condition>>();
  let timerNs: bigint | undefined;
  for (const pollable of pollables) {
    if (pollable.isReady(nowNs)) continue;
    const { condition } = pollable;
    if (condition === undefined) {
      const leftNs = pollable.nsLeft(nowNs);
      if (timerNs === undefined || leftNs < timerNs) timerNs = leftNs;
    } else if (condition.group !== undefined) {
      const group = groups.get(condition.group);
      if (group === undefined) groups.set(condition.group, new Set([condition]));
      else group.add(condition);
    }
  }
  return { asked: [...groups.values()].flatMap(inParts), timerNs };
}

function inParts(group: ReadonlySet<Condition>): (readonly Condition[])[] {
  const all = [...group];
  const parts: (readonly Condition[])[] = [];
  for (let from = 0; from < all.length; from += MAX_ASKED) {
    parts.push(all.slice(from, from + MAX_ASKED));
  }
  return parts;
}

function askAll(asked: Awaited['asked'], waitMs: number): ReadonlySet<Condition> {
  const met = new Set<Condition>();
  for (const together of asked) {
    // Once something has happened, the others are only asked what has happened too.
    const answer = together[0]?.ask(together, met.size > 0 ? 0 : waitMs);
    for (const condition of answer ?? []) met.add(condition);
  }
  return met;
}

/** Blocks until something may have happened, and tells which conditions are then true. */
function waitOnce(host: GuestHost, { asked, timerNs }: Awaited): ReadonlySet<Condition> {
  if (asked.length > 0) {
    const longestMs = asked.length === 1 ? LONGEST_ASK_MS : TURN_MS;
    const timerMs = timerNs === undefined ? longestMs : Math.ceil(Number(timerNs) / 1e6);
    return askAll(asked, Math.min(longestMs, timerMs));
  }
  if (timerNs === undefined)
    throw new GuestTrap('poll of what only the guest itself can bring about');
  host.sleep(Number(timerNs < SLEEP_PIECE_NS ? timerNs : SLEEP_PIECE_NS) / 1e6);
  return new Set();
}

function positions(
  pollables: readonly Pollable[],
  nowNs: bigint,
  met: ReadonlySet<Condition>,
): Uint32Array | undefined {
  const ready: number[] = [];
  for (const [index, pollable] of pollables.entries()) {
    const { condition } = pollable;
    const isMet = condition !== undefined && met.has(condition);
    if (isMet || pollable.isReady(nowNs)) ready.push(index);
  }
  return ready.length === 0 ? undefined : Uint32Array.from(ready);
}

/**
 * The positions of all that are ready now, without waiting; undefined for none.
 *
 * @internal
 */
export function readyNow(host: GuestHost, pollables: readonly Pollable[]): Uint32Array | undefined {
  const nowNs = host.monotonicClockNs();
  return positions(pollables, nowNs, askAll(toAwait(pollables, nowNs).asked, 0));
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
  let nowNs = host.monotonicClockNs();
  if (pollables.some((pollable) => pollable.isReady(nowNs))) {
    const ready = readyNow(host, pollables);
    if (ready !== undefined) return ready;
  }
  for (;;) {
    const met = waitOnce(host, toAwait(pollables, nowNs));
    nowNs = host.monotonicClockNs();
    const ready = positions(pollables, nowNs, met);
    if (ready !== undefined) return ready;
  }
}
