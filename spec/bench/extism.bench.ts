import { readFile } from 'node:fs/promises';
import type { CallContext, Plugin } from '@extism/extism';
import { kvGrant, withSupervisor } from '../e2e/fixtures.ts';
import { guestPath } from '../guests/guest-file.ts';
import type { BenchRun } from './effort.ts';
import { benchExtismPlugin, PEER_MANNERS, type PeerManner } from './extism-plugin.bench.ts';
import { type Measurement, measurementOf } from './measurement.ts';
import { alternate, scaled } from './rounds.ts';

/** Calls of the host function within one call of the plug-in; Extism's may take half a second each. */
const BATCH = 10;
const VALUE = 'a value of 24 bytes here';

async function extismAsker(): Promise<Plugin> {
  // Only here: it brings warnings and half a second with it.
  const { createPlugin } = await import('@extism/extism');
  const data = new Uint8Array(await readFile(guestPath('extism-asker')));
  return createPlugin(
    { wasm: [{ data }] },
    {
      runInWorker: true,
      functions: {
        'extism:host/user': {
          get: (context: CallContext, key: bigint) => {
            if (context.read(key)?.text() !== 'key') throw new Error('another key was asked for');
            return context.store(VALUE);
          },
        },
      },
    },
  );
}

function benchHostFunction(
  run: BenchRun,
  { suffix, note, before }: PeerManner,
): Promise<Measurement> {
  return withSupervisor(async (supervisor) => {
    run.progress('kv get against an Extism host function');
    const id = await supervisor.startInstance({
      module: guestPath('counter-c'),
      capabilities: [kvGrant(['kv:read', 'kv:write'])],
    });
    await supervisor.invoke(id, 'write', ['key', new TextEncoder().encode(VALUE)]);
    const plugin = await extismAsker();
    try {
      const rounds = await alternate(
        { ...run, effort: { ...run.effort, rounds: Math.min(run.effort.rounds, 5) } },
        () => plugin.call('ask', new Uint8Array([BATCH])),
        () => supervisor.invoke(id, 'read-many', ['key', BATCH]),
        () => before?.(plugin) ?? Promise.resolve(),
      );
      const subject = {
        name: `kv get, against Extism${suffix}`,
        what: `one \`bucket.get\` of 24 bytes by the guest \`counter-c\` from the memory backend: a call that makes ${BATCH} of them, divided by ${BATCH}`,
        floor: `no floor but a peer: a call of a host function that answers 24 bytes, by the plug-in \`extism-asker\` in \`@extism/extism\` with \`runInWorker\`; a call that makes ${BATCH} of them, divided by ${BATCH}; ${note}`,
        unit: 'µs',
        aim: { kind: 'ratio', atMost: 0.2 },
      } as const;
      return measurementOf(subject, scaled(rounds, 1_000 / BATCH));
    } finally {
      await plugin.close();
    }
  });
}

/** Extism's own host and ours, both with the guest in a worker. */
export async function benchExtism(run: BenchRun): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  for (const manner of PEER_MANNERS) measured.push(await benchHostFunction(run, manner));
  return [...measured, ...(await benchExtismPlugin(run))];
}
