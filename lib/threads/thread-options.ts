import type { WorkerOptions } from 'node:worker_threads';

/**
 * Heap of a guest's thread in MiB. It bounds JavaScript only: linear memories are bounded by their own
 * rewritten maxima. A table lives in this heap and is copied when it grows, so the old generation must
 * hold twice the largest admissible table (1,000,000 entries of 8 bytes) beside the interpreter.
 */
const HEAP = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 1, stackSizeMb: 4 } as const;

/**
 * Options of a guest's thread: no environment, no flags, no arguments, no standard streams; what the
 * host process was started with must not reach a guest.
 */
export function guestThreadOptions(id: number): WorkerOptions {
  return {
    name: `wasmatrix-${id}`,
    env: {},
    argv: [],
    execArgv: [],
    stdin: false,
    stdout: false,
    stderr: false,
    trackUnmanagedFds: false,
    resourceLimits: { ...HEAP },
  };
}
