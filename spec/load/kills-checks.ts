import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { ShardStats } from '../../lib/shards/shard-stats.ts';
import { childProcesses, TELLS_CHILDREN } from '../e2e/child-processes.ts';
import { isRunning } from '../e2e/shard-fixtures.ts';
import type { Resident } from './kills-residents.ts';

/** Spares of each shard. */
export const SPARES = 2;

/** What is not as it has to be, of the grants and the state of each instance. */
export async function faultsOf(
  supervisor: Supervisor,
  residents: readonly Resident[],
  lost: ReadonlySet<Resident>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const resident of residents) {
    const { id, kind, capabilityIds } = resident;
    const { status, lastExit } = await supervisor.queryInstance(id);
    const wanted = lost.has(resident) ? 'crashed' : 'running';
    if (status !== wanted) faults.push(`${kind} is ${status} instead of ${wanted}`);
    if (lost.has(resident) && lastExit?.reason !== 'lost') {
      faults.push(`${kind} has ended by ${String(lastExit?.reason)}`);
    }
    const grants = (await supervisor.listCapabilities(id)).map((each) => each.capabilityId);
    const kept = lost.has(resident) ? grants : capabilityIds;
    if (grants.join() !== kept.join()) {
      faults.push(`${kind} has the grants "${grants.join()}" instead of "${kept.join()}"`);
    }
  }
  return faults;
}

/** What is there beyond one life of each that runs; nothing once all has settled. */
export async function excessOf(
  supervisor: Supervisor,
  running: number,
  killed: ReadonlySet<number>,
): Promise<string | undefined> {
  const { shards, threads, processes } = await supervisor.stats();
  const sum = (count: (shard: ShardStats) => number): number =>
    shards.reduce((total, shard) => total + count(shard), 0);
  const [guests, inShards] = [sum((shard) => shard.guests), sum((shard) => shard.threads)];
  if (guests !== running) return `shards have ${guests} guests, and ${running} instances run`;
  const spares = inShards - running;
  if (spares < 0 || spares > SPARES * shards.length) {
    return `shards have ${inShards} threads for ${running} guests`;
  }
  if (threads.total + processes > 0) return 'there are threads or processes elsewhere';
  const left = [...killed].filter(isRunning);
  if (left.length > 0) return `${left.length} killed processes still run`;
  if (!TELLS_CHILDREN) return undefined;
  const children = (await childProcesses()).filter(isRunning);
  const known = new Set(shards.map(({ pid }) => pid));
  const strangers = children.filter((pid) => !known.has(pid));
  return strangers.length === 0 ? undefined : `${strangers.length} processes are no shards`;
}
