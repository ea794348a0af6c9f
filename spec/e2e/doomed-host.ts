import { createSupervisor } from '../../lib/create-supervisor.ts';
import { guestBytes } from '../guests/guest-file.ts';

/** A host with one guest in a process of its own, which says so and waits to be killed. */
const supervisor = await createSupervisor();
const id = await supervisor.startInstance({ module: guestBytes('core'), isolation: 'process' });
process.stdout.write(`${String(await supervisor.invoke(id, 'add', [20, 22]))}\n`);
await supervisor.invoke(id, 'spin', [], { timeoutMs: 60_000 });
