import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { SupervisorOptions } from '../../lib/actors/supervisor-options.ts';
import type { InstanceSpec } from '../../lib/core/instance-spec.ts';
import type { ShardStats } from '../../lib/shards/shard-stats.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { ALL_KV, AT_ONCE, kvGrant, pause, withSupervisor } from './fixtures.ts';

const BYTES = Uint8Array.from({ length: 10_000 }, (_, at) => at % 251);

/** One guest of each ABI that answers calls, with a call and its answer. */
export const GUESTS: readonly {
  readonly name: string;
  readonly exportName: string;
  readonly args: readonly unknown[];
  readonly answer: unknown;
}[] = [
  { name: 'core', exportName: 'add', args: [2, 3], answer: 5 },
  { name: 'counter-c', exportName: 'add', args: [1, 1], answer: 2 },
  { name: 'counter-as', exportName: 'shout', args: ['hello'], answer: 'hello!' },
  { name: 'extism-plugin', exportName: 'echo', args: [BYTES], answer: BYTES },
  { name: 'wapc-guest', exportName: 'echo', args: [BYTES], answer: BYTES },
];

/** A supervisor with two shards for the duration of one function. */
export function withShards<T>(
  use: (supervisor: Supervisor) => Promise<T>,
  options: SupervisorOptions = {},
): Promise<T> {
  return withSupervisor(use, { shards: 2, ...options });
}

/** Starts residents of one kind. */
export function started(
  supervisor: Supervisor,
  count: number,
  spec: Partial<InstanceSpec> = {},
): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, () =>
      supervisor.startInstance({ module: guestBytes('core'), restartPolicy: AT_ONCE, ...spec }),
    ),
  );
}

/** A guest that counts in the store, each by its own grant. */
export const COUNTER = {
  module: guestBytes('counter-c'),
  capabilities: [kvGrant(ALL_KV)],
  restartPolicy: AT_ONCE,
} as const;

/** Waits until the shards are as wanted; the specs' own timeout is the deadline. */
export async function untilShards(
  supervisor: Supervisor,
  areWanted: (shards: readonly ShardStats[]) => boolean,
): Promise<readonly ShardStats[]> {
  for (;;) {
    const { shards } = await supervisor.stats();
    if (areWanted(shards)) return shards;
    await pause(10);
  }
}

/** Whether all of them may have guests. */
export function areReady(shards: readonly ShardStats[]): boolean {
  return shards.every(({ status }) => status === 'ready');
}

/** Sends a shard a signal, the one with most guests. */
export async function signalFullest(
  supervisor: Supervisor,
  signal: NodeJS.Signals,
): Promise<number> {
  const shards = await untilShards(supervisor, areReady);
  const [fullest] = shards.toSorted((a, b) => b.guests - a.guests);
  const pid = fullest?.pid as number;
  process.kill(pid, signal);
  return pid;
}

/** Has a folder of its own for temporary files for the duration of one function. */
export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const before = process.env['TMPDIR'];
  const folder = mkdtempSync(join(tmpdir(), 'wasmatrix-spec-'));
  process.env['TMPDIR'] = folder;
  try {
    return await use(folder);
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether a process runs, rather than waits to be forgotten. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}
