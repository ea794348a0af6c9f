import type { WireValue } from '../lib/core/provider.ts';
import type { CapabilityCall } from '../lib/protocol/capability-call.ts';
import type { StartRequest } from '../lib/protocol/instance-messages.ts';
import { appendOutputWaiting } from '../lib/protocol/output-ring.ts';
import { HOST_FUNCTION_MODULE } from '../lib/wasm/extism-modules.ts';
import { CapabilityClient } from './capability-client.ts';
import { FuelTank } from './fuel-tank.ts';
import type { GuestHost } from './guest.ts';
import { CapabilityRefused } from './guest-failure.ts';

/** To a guest that imports no capability. */
const NOTHING_GRANTED = {
  code: 'PERMISSION_DENIED',
  message: 'no capability is granted',
} as const;
/** What `crypto.getRandomValues` fills at once. */
const RANDOM_PIECE_BYTES = 65_536;
/** To find out its own figures costs a thread a quarter of what a whole call does. */
const TELL_EVERY_MS = 1;
/** A missed wake-up or a changed clock must not matter, so long sleeps are made of short ones. */
const SLEEP_PIECE_MS = 60_000;

/**
 * Everything that a guest can reach, made for one life. Its clock starts with it and its random
 * numbers come from the operating system.
 *
 * @param onCapabilityCall - called before capability calls, while the guest stands still, but not for
 * each of many at once.
 */
export function guestHost(request: StartRequest, onCapabilityCall: () => void): GuestHost {
  const { capability, output, payloadBytes } = request;
  const startedAt = performance.now();
  const client =
    capability === undefined
      ? undefined
      : new CapabilityClient(capability, { payloadBytes, timeoutMs: request.capabilityTimeoutMs });
  let toldAt = Number.NEGATIVE_INFINITY;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  function made(call: CapabilityCall): WireValue {
    const now = performance.now();
    if (now - toldAt >= TELL_EVERY_MS) {
      toldAt = now;
      onCapabilityCall();
    }
    if (client === undefined) throw new CapabilityRefused(NOTHING_GRANTED);
    return client.call(call);
  }
  return {
    call: (family, operation, args, capabilityId) =>
      made({ family, operation, args, ...(capabilityId === undefined ? {} : { capabilityId }) }),
    callHostFunction: (name, args) =>
      made({ family: HOST_FUNCTION_MODULE, operation: name, args, isHostFunction: true }),
    write(stream, bytes) {
      if (output !== undefined) appendOutputWaiting(output[stream], bytes);
    },
    sleep(ms) {
      const until = performance.now() + ms;
      for (let left = ms; left > 0; left = until - performance.now()) {
        Atomics.wait(sleeper, 0, 0, Math.min(left, SLEEP_PIECE_MS));
      }
    },
    wallClockNs: () => BigInt(Date.now()) * 1_000_000n,
    monotonicClockNs: () => BigInt(Math.round((performance.now() - startedAt) * 1e6)),
    fillRandom(bytes) {
      for (let at = 0; at < bytes.length; at += RANDOM_PIECE_BYTES) {
        crypto.getRandomValues(
          bytes.subarray(at, at + RANDOM_PIECE_BYTES) as Uint8Array<ArrayBuffer>,
        );
      }
    },
    ...(request.fuel === undefined ? {} : { fuel: new FuelTank(request.fuel) }),
    limits: { payloadBytes, requestsPerInstantiation: request.requestsPerInstantiation },
    wasi: request.wasi,
    config: request.config,
  };
}
