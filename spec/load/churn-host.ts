import type { Host } from '../../lib/host/host.ts';
import { startHost } from '../../lib/start-host.ts';
import type { ChurnGreeting, ChurnOrder } from './churn-messages.ts';
import { type HostSample, hostSample } from './churn-sample.ts';
import { leftOver } from './left-over.ts';
import { garbageCollector } from './soak-sample.ts';

// The one that asks decides when it is enough, for an interruption reaches both.
process.on('SIGINT', () => undefined);
const endNow = (): void => process.exit();
process.on('disconnect', endNow);

const LEAVING_MS = 5_000;
const collectGarbage = garbageCollector();

function openHost(): Promise<Host> {
  return startHost({
    listen: '127.0.0.1:0',
    triggerListen: '127.0.0.1:0',
    // Small bounds are reached within the warm-up.
    supervisorOptions: { maxFacts: 1_000, maxEnded: 20, maxModules: 32, warmSpares: 2 },
    limits: { modules: 24, slowReaderMs: 5_000 },
  });
}

async function sampled(minutes: number): Promise<HostSample> {
  collectGarbage();
  return hostSample(minutes);
}

function send(message: ChurnGreeting | HostSample): void {
  process.send?.(message);
}

// What Node and packages make once in a process, and keep, is nobody's leak.
await (await openHost()).close();
const before = await sampled(0);
const host = await openHost();

async function obey({ order, minutes }: ChurnOrder): Promise<void> {
  if (order === 'sample') {
    send(await sampled(minutes));
    return;
  }
  await host.close();
  const { after } = await leftOver(before, () => sampled(minutes), {
    figures: ['handles', 'threads', 'files', 'children'],
    deadlineMs: LEAVING_MS,
    when: 'after close',
  });
  send(after);
  // Whatever else keeps the process from its end is something that the host has left.
  process.off('disconnect', endNow);
  process.disconnect?.();
}

process.on('message', (order: ChurnOrder) => {
  obey(order).catch((error: unknown) => {
    process.stderr.write(`${String((error as Error).stack)}\n`);
    process.exit(1);
  });
});
send({ url: host.url, triggerUrl: host.triggerUrl ?? '', before });
