import type { GuestHost } from '../../workers/guest.ts';

/** A host that keeps what a guest writes, and whose time passes only while somebody sleeps. */
export interface RecordingHost extends GuestHost {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly sleepsMs: readonly number[];
  readonly pieces: readonly number[];
}

const START_NS = 1_750_000_000_000_000_000n;

/** Such a host, with whatever of WASI a spec wants to differ. */
export function recordingHost(wasi: Partial<GuestHost['wasi']> = {}): RecordingHost {
  const kept = { stdout: '', stderr: '' };
  const sleepsMs: number[] = [];
  const pieces: number[] = [];
  let elapsedNs = 0n;
  return {
    stdout: () => kept.stdout,
    stderr: () => kept.stderr,
    sleepsMs,
    pieces,
    callHostFunction() {
      throw new Error('no capability is assigned');
    },
    call() {
      throw new Error('no capability is assigned');
    },
    write(stream, bytes) {
      pieces.push(bytes.length);
      kept[stream] += Buffer.from(bytes).toString('latin1');
    },
    sleep(ms) {
      sleepsMs.push(ms);
      elapsedNs += BigInt(Math.ceil(ms * 1e6));
    },
    wallClockNs: () => START_NS + elapsedNs,
    monotonicClockNs: () => elapsedNs,
    fillRandom: (bytes) => bytes.fill(7),
    limits: { payloadBytes: 1_048_576, requestsPerInstantiation: 1 },
    wasi: {
      args: ['probe'],
      env: {},
      stdin: new Uint8Array(0),
      files: {},
      scratchBytes: 1_048_576,
      ...wasi,
    },
    config: {},
  };
}
