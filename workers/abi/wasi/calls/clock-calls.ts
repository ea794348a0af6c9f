import type { GuestHost } from '../../../guest.ts';
import { fail } from '../errno.ts';
import type { Preview1Calls } from '../wasi-context.ts';

/**
 * Clocks as preview 1 numbers them; 2 and 3, processor times, are not served.
 *
 * @internal
 */
export const CLOCK = { realtime: 0, monotonic: 1, threadCpuTime: 3 } as const;

/**
 * The time of a clock in nanoseconds.
 *
 * @throws `WasiFailure` notsup, inval.
 * @internal
 */
export function clockNowNs(host: GuestHost, clock: number): bigint {
  if (clock === CLOCK.realtime) return host.wallClockNs();
  if (clock === CLOCK.monotonic) return host.monotonicClockNs();
  return fail(clock <= CLOCK.threadCpuTime ? 'notsup' : 'inval');
}

/**
 * Reading clocks.
 *
 * @internal
 */
export const clockCalls: Preview1Calls<'clock_res_get' | 'clock_time_get'> = {
  clock_res_get({ host, memory }, clock, result) {
    clockNowNs(host, clock);
    memory.setU64(result, clock === CLOCK.realtime ? 1_000_000n : 1_000n);
  },
  clock_time_get({ host, memory }, clock, _precision, result) {
    memory.setU64(result, clockNowNs(host, clock));
  },
};
