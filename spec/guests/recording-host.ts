import type { WireValue } from '../../lib/core/provider.ts';
import type { GuestHost } from '../../workers/guest.ts';
import { CapabilityRefused } from '../../workers/guest-failure.ts';

/** One capability call as it arrived. */
interface RecordedCall {
  readonly family: string;
  readonly operation: string;
  readonly args: readonly WireValue[];
  /** Where the guest has named one. */
  readonly capabilityId?: string;
}

/** What a spec may choose of the host. */
export interface RecordingOptions {
  readonly serve?: (operation: string, args: readonly WireValue[]) => WireValue;
  readonly payloadBytes?: number;
  readonly requestsPerInstantiation?: number;
  readonly wasi?: Partial<GuestHost['wasi']>;
  readonly config?: Readonly<Record<string, string>>;
}

/** A host without effects that remembers what the guest did; its clocks move only by sleeping. */
export interface RecordingHost extends GuestHost {
  readonly calls: RecordedCall[];
  readonly sleptMs: number[];
  text(stream: 'stdout' | 'stderr'): string;
}

/** Epoch of the simulated wall clock: 2026-01-02T03:04:05.678Z. */
export const WALL_CLOCK_START_NS = 1_767_323_045_678_000_000n;

export function recordingHost(options: RecordingOptions = {}): RecordingHost {
  const calls: RecordedCall[] = [];
  const sleptMs: number[] = [];
  const output = { stdout: '', stderr: '' };
  let elapsedNs = 0n;
  return {
    calls,
    sleptMs,
    text: (stream) => output[stream],
    call(family, operation, args, capabilityId) {
      calls.push({
        family,
        operation,
        args,
        ...(capabilityId === undefined ? {} : { capabilityId }),
      });
      if (options.serve !== undefined) return options.serve(operation, args);
      throw new CapabilityRefused({ code: 'PERMISSION_DENIED', message: 'nothing is granted' });
    },
    callHostFunction(name, args) {
      return this.call('extism:host/user', name, args);
    },
    write(stream, bytes) {
      output[stream] += Buffer.from(bytes).toString();
    },
    sleep(ms) {
      sleptMs.push(ms);
      elapsedNs += BigInt(Math.ceil(ms * 1e6));
    },
    wallClockNs: () => WALL_CLOCK_START_NS + elapsedNs,
    monotonicClockNs: () => elapsedNs,
    fillRandom: (bytes) => {
      for (let index = 0; index < bytes.length; index += 65_536) {
        crypto.getRandomValues(bytes.subarray(index, index + 65_536) as Uint8Array<ArrayBuffer>);
      }
    },
    limits: {
      payloadBytes: options.payloadBytes ?? 1_048_576,
      requestsPerInstantiation: options.requestsPerInstantiation ?? 1,
    },
    wasi: {
      args: ['guest'],
      env: {},
      stdin: new Uint8Array(),
      files: {},
      scratchBytes: 0,
      ...options.wasi,
    },
    config: options.config ?? {},
  };
}
