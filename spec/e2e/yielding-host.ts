import { readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { childProcesses } from './child-processes.ts';

/** A host of low priority, which prints the niceness of whatever carries its guests. */
setPriority(Math.max(12, getPriority()));
const supervisor = await createSupervisor({ shards: 1, warmSpares: 0 });
const module = guestBytes('core');
await supervisor.startInstance({ module });
await supervisor.startInstance({ module, isolation: 'process' });
const shard = (await supervisor.stats()).shards[0]?.pid as number;
const alone = (await childProcesses()).find((pid) => pid !== shard) as number;
const threads = readdirSync(`/proc/${shard}/task`).map((thread) => getPriority(Number(thread)));
process.stdout.write(
  `host ${getPriority()}, shard ${getPriority(shard)}, its guest ${Math.max(...threads)}, a process ${getPriority(alone)}\n`,
);
await supervisor.close();
