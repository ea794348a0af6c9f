import type { WorkerOptions } from 'node:worker_threads';

/** Old generation of a guest's thread by default, in MiB: enough for 1,000,000 table entries. */
export const DEFAULT_HEAP_MB = 64;

/**
 * Young generation of a guest's thread, in MiB. With 1 the thread would collect twice before it is ready, which
 * promotes what is garbage a moment later: half a mebibyte more for as long as the thread lives (Node 26).
 */
const YOUNG_MB = 2;

/** Heap that a text of the largest payload may take while it is put together, in its own size. */
const PAYLOAD_COPIES = 6;

/**
 * The old generation that a thread needs for a guest's tables, in MiB. It bounds JavaScript only:
 * linear memories are bounded by their own rewritten maxima. Tables live in this heap, at about
 * 32 bytes an entry while they grow (measured on Node 26); with less room the engine may end the whole
 * process instead of the thread. So do texts, such as a logged line, which may be as large as a payload.
 */
export function heapFor(tableEntries: number, payloadBytes = 0): number {
  const mib = 1024 * 1024;
  const forTables = (32 * tableEntries) / mib;
  const forPayload = (PAYLOAD_COPIES * payloadBytes) / mib;
  return Math.max(DEFAULT_HEAP_MB, Math.ceil(32 + Math.max(forTables, forPayload)));
}

/**
 * Options of a guest's thread: no environment, no flags, no arguments, no standard streams; what the
 * host process was started with must not reach a guest.
 */
export function guestThreadOptions(id: number, heapMb: number): WorkerOptions {
  return {
    name: `wasmatrix-${id}`,
    env: {},
    argv: [],
    execArgv: [],
    stdin: false,
    stdout: false,
    stderr: false,
    trackUnmanagedFds: false,
    resourceLimits: {
      maxOldGenerationSizeMb: heapMb,
      maxYoungGenerationSizeMb: YOUNG_MB,
      stackSizeMb: 4,
    },
  };
}
