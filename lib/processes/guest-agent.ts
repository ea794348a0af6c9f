import { pathToFileURL } from 'node:url';
import { isThreadMessage } from '../protocol/instance-messages.ts';
import type { ProcessInput, ProcessOutput } from '../protocol/process-messages.ts';
import { GuestThread } from '../threads/guest-thread.ts';
import { WorkerScript } from '../threads/worker-script.ts';
import { AgentGuest } from './agent-guest.ts';

/**
 * The entry of a guest process: makes a thread for each guest that the host sends, and relays between
 * the two. It decides nothing, keeps nothing, and ends with its host.
 */
const [bundle] = process.argv.slice(2);
const script = new WorkerScript(bundle === undefined ? undefined : pathToFileURL(bundle));
const guests = new Map<number, AgentGuest>();

function post(message: ProcessOutput): void {
  if (message.kind === 'wasmatrix.gone') guests.delete(message.guest);
  if (process.connected) process.send?.(message);
}

function open(guest: number, heapMb: number): void {
  guests.set(guest, new AgentGuest(guest, new GuestThread(guest, heapMb, script), post));
}

function receive(message: ProcessInput): void {
  if (message.kind === 'wasmatrix.open') {
    open(message.guest, message.heapMb);
    return;
  }
  const guest = guests.get(message.guest);
  switch (message.kind) {
    case 'wasmatrix.start':
      void guest?.start(message.request);
      return;
    case 'wasmatrix.call':
      void guest?.call(message.callId, message.exportName, message.args);
      return;
    case 'wasmatrix.route':
      guest?.route(message.route);
      return;
    case 'wasmatrix.mapping':
      guest?.map(message.mapping);
      return;
    case 'wasmatrix.wake':
      guest?.wake();
      return;
    case 'wasmatrix.answer':
      guest?.answer(message);
      return;
    case 'wasmatrix.end':
      guest?.end();
      return;
  }
}

process.on('message', (message: unknown) => {
  if (isThreadMessage(message)) receive(message as unknown as ProcessInput);
});
// Without its host there is nobody to run guests for.
process.once('disconnect', () => process.exit());
// A terminal or a service tells them to the host, too, which then ends its instances in good order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
post({ kind: 'wasmatrix.loaded' });
