import { pathToFileURL } from 'node:url';
import { isThreadMessage } from '../protocol/instance-messages.ts';
import type { ProcessInput, ProcessOrder, ProcessOutput } from '../protocol/process-messages.ts';
import type { ShardConfig } from '../protocol/shard-config.ts';
import { residentBytes } from '../threads/process-figures.ts';
import { AgentGuests } from './agent-guests.ts';
import { AgentModules } from './agent-modules.ts';
import { FreshThreads, ShardThreads } from './agent-threads.ts';

/**
 * The entry of a process that carries guests, few or, as a shard, some hundreds: makes a thread for each
 * that the host sends, and relays between the two. It decides nothing, keeps nothing, and ends with its
 * host.
 */
const [bundle = '', config] = process.argv.slice(2);
const shard = config === undefined ? undefined : (JSON.parse(config) as ShardConfig);
const script = pathToFileURL(bundle);
const threads = shard === undefined ? new FreshThreads(script) : new ShardThreads(script, shard);
const modules = new AgentModules(shard?.folder ?? '');
const guests = new AgentGuests({ threads, modules, post });

function post(message: ProcessOutput): void {
  if (process.connected) process.send?.(message);
}

function receive(message: ProcessOrder): void {
  switch (message.kind) {
    case 'wasmatrix.module':
      void modules.learn(message).then((failure) => {
        const { module } = message;
        const known = { kind: 'wasmatrix.module-known', module } as const;
        post(failure === undefined ? known : { ...known, failure });
      });
      return;
    case 'wasmatrix.forget':
      modules.forget(message.module);
      return;
    case 'wasmatrix.ping':
      post({
        kind: 'wasmatrix.pong',
        threads: threads.size,
        residentBytes: residentBytes(),
      });
      return;
  }
}

process.on('message', (message: unknown) => {
  if (!isThreadMessage(message)) return;
  const input = message as unknown as ProcessInput;
  if ('guest' in input) guests.receive(input);
  else receive(input);
});
// Without its host there is nobody to run guests for; to end hundreds of threads one by one would take time.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
// A terminal or a service tells them to the host, too, which then ends its instances in good order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
post({ kind: 'wasmatrix.loaded' });
