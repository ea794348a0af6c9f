import type { Supervisor, SupervisorStats } from '../../lib/actors/supervisor.ts';
import type { SupervisorOptions } from '../../lib/actors/supervisor-options.ts';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import type { ErrorCode } from '../../lib/core/error-codes.ts';
import { isWasmatrixError, type WasmatrixError } from '../../lib/core/errors.ts';
import type { InstanceInfo } from '../../lib/core/instance-info.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';

/** Runs of a property with real threads: each run is work of milliseconds, not microseconds. */
export const THREAD_RUNS: number = Number(process.env['FC_RUNS'] ?? 100);

/** Time for a property of that many runs, far above what it needs. */
export const PROPERTY_TIMEOUT_MS: number = 60_000 + THREAD_RUNS * 1_000;

/** Where residents live in the specs: in this process, unless `npm run test:shards` runs them. */
const SHARDS = Number(process.env['SHARDS'] ?? 0);

/** A restart policy without waiting. */
export const AT_ONCE = {
  policyType: 'on-failure',
  maxRetries: 1_000_000,
  backoff: { initialMs: 0, maxMs: 0, jitter: 0 },
} as const;

/** A supervisor for the duration of one function, closed whatever happens. */
export async function withSupervisor<T>(
  use: (supervisor: Supervisor) => Promise<T>,
  options?: SupervisorOptions,
): Promise<T> {
  const supervisor = await createSupervisor({ shards: SHARDS, ...options });
  try {
    return await use(supervisor);
  } finally {
    await supervisor.destroy();
  }
}

/** The error that a promise rejects with; fails if it does not, or with a foreign one. */
export async function failureOf(promise: Promise<unknown>): Promise<WasmatrixError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    if (isWasmatrixError(error)) return error;
    throw new Error(`a foreign error: ${String(error)}`, { cause: error });
  }
  throw new Error(`resolved with ${String(value)} instead of failing`);
}

/** The code that a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<ErrorCode> {
  return (await failureOf(promise)).code;
}

/** A kv assignment to a bucket. */
export function kvGrant(
  permissions: readonly string[],
  bucket = 'shared',
  capabilityId = 'kv',
): CapabilityAssignment {
  return {
    capabilityId,
    providerType: 'kv',
    permissions,
    config: { buckets: { default: bucket } },
  };
}

/** Every permission of the kv area. */
export const ALL_KV: readonly string[] = ['kv:read', 'kv:write', 'kv:delete'];

/** Waits until an instance is as wanted; the specs' own timeout is the deadline. */
export async function until(
  supervisor: Supervisor,
  id: string,
  isWanted: (info: InstanceInfo) => boolean,
): Promise<InstanceInfo> {
  for (;;) {
    const info = await supervisor.queryInstance(id);
    if (isWanted(info)) return info;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Threads of guests that there are, spares included, in this process and in shards. */
export function guestThreads({ threads, shards }: SupervisorStats): number {
  return shards.reduce((sum, shard) => sum + shard.threads, threads.total);
}

/** Lets timers and messages of other threads come in. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
