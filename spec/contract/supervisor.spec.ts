import { connectSupervisor, createSupervisor } from '../../lib/create-supervisor.ts';
import { startHost } from '../../lib/start-host.ts';
import { supervisorContract } from './supervisor.contract.ts';

supervisorContract('embedded', async () => {
  const supervisor = await createSupervisor();
  return { supervisor, [Symbol.asyncDispose]: () => supervisor.destroy() };
});

supervisorContract('by way of HTTP', async () => {
  const host = await startHost({ listen: '127.0.0.1:0', allowHostPaths: true });
  const supervisor = await connectSupervisor(host.url);
  return {
    supervisor,
    [Symbol.asyncDispose]: async () => {
      await supervisor.close();
      await host.destroy();
    },
  };
});
