import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { defineProvider } from '../../lib/core/define-provider.ts';
import type { InstanceSpec } from '../../lib/core/instance-spec.ts';
import type { WireValue } from '../../lib/core/provider.ts';
import { ALL_KV, kvGrant } from '../e2e/fixtures.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { bareDoomedProcess, bareDoomedThread, type Doomed } from './bare-doom.ts';

/** An hour: longer than any deadline here. */
const NEVER_MS = 3_600_000;
const SILENT = 'silent';

const never = { policyType: 'never' } as const;
const looping = wat('(module (func (export "doom") (loop (br 0))))');
const loopingAtStart = wat('(module (func $doom (loop (br 0))) (start $doom))');

const fillAndAsk = (ask: string): Uint8Array =>
  wat(`(module (memory 1024)
    (func $ask)
    (func (export "doom")
      (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 67108864)) ${ask} (br 0))))`);

/** A loop of long instructions, which admission rewrites so that it can be ended. */
const filling = fillAndAsk('');

/**
 * The same with a call in each round, for the bare worker: without it nothing would end that one. V8 asks in
 * a loop whether it shall end only once per 13,000,000 bytes of code that it has run
 * (`--wasm-tiering-budget`), which is some 300,000 rounds of this one, and an hour; each call asks, too.
 */
const fillingWithCalls = fillAndAsk('(call $ask)');

/** A reactor that sleeps for an hour by one call of the host. */
const sleeping = wat(`(module
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "doom")
    (i64.store (i32.const 24) (i64.const ${NEVER_MS}000000))
    (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))`);

/** A provider of type `kv` whose reads are never answered. */
const silent = defineProvider({
  type: 'kv',
  operations: {
    open: { permission: () => [], run: () => null },
    get: {
      permission: () => ({ action: 'kv:read' }),
      run: () => new Promise<WireValue>(() => undefined),
    },
  },
});

/** Something that a guest is in the middle of when its deadline passes. */
export interface KillState {
  readonly name: string;
  /** In words. */
  readonly what: string;
  readonly floor: string;
  readonly carrier: 'thread' | 'process';
  /** Once for a supervisor. */
  open?(supervisor: Supervisor): Promise<void>;
  /** Makes a guest ready; what this resolves with begins what passes the deadline, and rejects then. */
  doom(supervisor: Supervisor, timeoutMs: number): Promise<() => Promise<unknown>>;
  /** The same without this system. */
  bare(): Promise<Doomed>;
}

/** A call of an export that never returns. */
async function doomedCall(
  supervisor: Supervisor,
  spec: InstanceSpec,
  [exportName, args]: readonly [string, readonly unknown[]],
  timeoutMs: number,
): Promise<() => Promise<unknown>> {
  const id = await supervisor.startInstance({ ...spec, restartPolicy: never });
  return () => supervisor.invoke(id, exportName, args, { timeoutMs });
}

const loop: KillState = {
  name: 'loop',
  what: 'a guest in an endless loop',
  floor: '`worker.terminate()` of a bare `Worker` in the same loop',
  carrier: 'thread',
  doom: (supervisor, timeoutMs) =>
    doomedCall(supervisor, { module: looping }, ['doom', []], timeoutMs),
  bare: () => bareDoomedThread(looping),
};

const blocked: KillState = {
  name: 'host call',
  what: 'a guest that waits for a provider which never answers',
  floor: '`worker.terminate()` of a bare `Worker` in `Atomics.wait`',
  carrier: 'thread',
  open: async (supervisor) => {
    await supervisor.startProvider({
      definition: silent,
      providerId: SILENT,
      callTimeoutMs: NEVER_MS,
    });
  },
  doom: (supervisor, timeoutMs) => {
    const capabilities = [{ ...kvGrant(ALL_KV), providerId: SILENT }];
    const spec = { module: guestBytes('counter-c'), capabilities };
    return doomedCall(supervisor, spec, ['read', ['key']], timeoutMs);
  },
  bare: () => bareDoomedThread('wait'),
};

const asleep: KillState = {
  name: 'sleep',
  what: 'a WASI guest that sleeps for an hour by `poll_oneoff`',
  floor: blocked.floor,
  carrier: 'thread',
  doom: (supervisor, timeoutMs) =>
    doomedCall(supervisor, { module: sleeping }, ['doom', []], timeoutMs),
  bare: blocked.bare,
};

const fill: KillState = {
  name: 'memory.fill',
  what: 'a guest that fills all its 64 MiB of memory again and again',
  floor: '`worker.terminate()` of a bare `Worker` that does the same, and makes a call in between',
  carrier: 'thread',
  doom: (supervisor, timeoutMs) =>
    doomedCall(supervisor, { module: filling }, ['doom', []], timeoutMs),
  bare: () => bareDoomedThread(fillingWithCalls),
};

const atStart: KillState = {
  name: 'start function',
  what: 'a guest that loops in its start function, whose deadline is `startTimeoutMs`,',
  floor: '`worker.terminate()` of a bare `Worker` that does the same',
  carrier: 'thread',
  doom: async (supervisor, startTimeoutMs) => () =>
    supervisor.startInstance({
      module: loopingAtStart,
      limits: { startTimeoutMs },
      restartPolicy: never,
    }),
  bare: () => bareDoomedThread(loopingAtStart),
};

const apart: KillState = {
  name: 'loop in a process',
  what: "a guest in an endless loop, by `isolation: 'process'`,",
  floor: '`SIGKILL` to a bare process of Node with a thread in an endless loop',
  carrier: 'process',
  doom: (supervisor, timeoutMs) =>
    doomedCall(supervisor, { module: looping, isolation: 'process' }, ['doom', []], timeoutMs),
  bare: bareDoomedProcess,
};

/** Every state in which a guest is killed here. */
export const KILL_STATES: readonly KillState[] = [loop, blocked, asleep, fill, atStart, apart];
