import { createSupervisor } from '../../lib/create-supervisor.ts';
import { wat } from '../guests/guest-file.ts';

/** A host in which no memory may have more than 16 pages, and guests that want 16 and 17. */
const supervisor = await createSupervisor({ capacity: { maxMemoryPages: 16 } });
for (const pages of [16, 17]) {
  const module = wat(`(module (memory ${pages}))`);
  const outcome = await supervisor.startInstance({ module }).then(
    () => 'started',
    (error: { readonly code: string }) => error.code,
  );
  process.stdout.write(`${pages} ${outcome}\n`);
}
await supervisor.close();
