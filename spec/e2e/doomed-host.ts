import { createSupervisor } from '../../lib/create-supervisor.ts';
import { guestBytes } from '../guests/guest-file.ts';

/** A host with one guest in another process, of its own or a shard, which says so and waits to be killed. */
const shards = Number(process.argv[2] ?? 0);
const supervisor = await createSupervisor({ shards });
const id = await supervisor.startInstance({
  module: guestBytes('core'),
  isolation: shards === 0 ? 'process' : 'thread',
});
process.stdout.write(`${String(await supervisor.invoke(id, 'add', [20, 22]))}\n`);
await supervisor.invoke(id, 'spin', [], { timeoutMs: 60_000 });
