import type { GuestHost } from '../../../guest.ts';
import { unsignedOf } from './import-arguments.ts';
import type { InterfaceGroup } from './interface-group.ts';
import { Pollable } from './pollable.ts';

const NS_PER_SECOND = 1_000_000_000n;
/** What clocks of Node resolve to: milliseconds of the day, microseconds of the run. */
const WALL_RESOLUTION = { seconds: 0n, nanoseconds: 1_000_000 };
const MONOTONIC_RESOLUTION_NS = 1_000n;
const UTC = { utcOffset: 0, name: 'UTC', inDaylightSavingTime: false };

/**
 * `wasi:clocks`: both clocks are the host's; the time zone is UTC, whatever the machine's is.
 *
 * @internal
 */
export function clockInterfaces(host: GuestHost): InterfaceGroup {
  return {
    'wasi:clocks/wall-clock@0.2.x': {
      now: () => {
        const ns = host.wallClockNs();
        return { seconds: ns / NS_PER_SECOND, nanoseconds: Number(ns % NS_PER_SECOND) };
      },
      resolution: () => WALL_RESOLUTION,
    },
    'wasi:clocks/monotonic-clock@0.2.x': {
      now: () => host.monotonicClockNs(),
      resolution: () => MONOTONIC_RESOLUTION_NS,
      'subscribe-instant': (when) => new Pollable(unsignedOf(when)),
      'subscribe-duration': (ns) => new Pollable(host.monotonicClockNs() + unsignedOf(ns)),
    },
    'wasi:clocks/timezone@0.2.x': { display: () => UTC, 'utc-offset': () => 0 },
  };
}
