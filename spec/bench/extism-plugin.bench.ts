import type { ExtismPluginOptions, Plugin } from '@extism/extism';
import { withSupervisor } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import type { BenchRun } from './effort.ts';
import { type Measurement, measurementOf } from './measurement.ts';
import { alternate, alternateOnce, scaled } from './rounds.ts';
import { SPARES, sparesReady, timeStart } from './start.bench.ts';

const EXPORT = 'count_vowels';
const INPUT = new TextEncoder().encode('Hello, World!');
const VOWELS = '3';

/** Calls that are timed together. */
const BATCH = 10;

const IN_WORKER: ExtismPluginOptions = { runInWorker: true };

/**
 * How the peer is used: as it is, where each call leaves something in its memory that makes the next one slower,
 * and with a memory that is reset by hand.
 */
export interface PeerManner {
  readonly suffix: string;
  /** In words. */
  readonly note: string;
  readonly before?: (plugin: Plugin) => Promise<void>;
}

async function resetPlugin(plugin: Plugin): Promise<void> {
  if (!(await plugin.reset())) throw new Error('the plug-in was not reset');
}

/** Both are told, so that the reader can choose. */
export const PEER_MANNERS: readonly PeerManner[] = [
  {
    suffix: '',
    note: 'one call after another, as it is used: each leaves something in its memory that makes the next one slower',
  },
  {
    suffix: ' reset before',
    note: 'its memory is reset by hand before, which is not timed',
    before: resetPlugin,
  },
];

/** Makes plug-ins in Extism's own host, of a module that is compiled once and for all. */
async function extismHost(bytes: Uint8Array): Promise<() => Promise<Plugin>> {
  // Only here: it brings half a second with it.
  const { createPlugin } = await import('@extism/extism');
  const module = await WebAssembly.compile(new Uint8Array(bytes));
  return () => createPlugin({ wasm: [{ module }] }, IN_WORKER);
}

/** Threads made meanwhile do not print what Node thinks of WASI, which would cost the peer time. */
async function withoutWarnings<T>(use: () => Promise<T>): Promise<T> {
  const before = process.env['NODE_NO_WARNINGS'];
  process.env['NODE_NO_WARNINGS'] = '1';
  try {
    return await use();
  } finally {
    if (before === undefined) delete process.env['NODE_NO_WARNINGS'];
    else process.env['NODE_NO_WARNINGS'] = before;
  }
}

const assertCounted = (text: string | undefined): void => {
  if (text !== VOWELS) throw new Error(`${EXPORT} answered ${String(text)}`);
};

function benchCall(run: BenchRun, { suffix, note, before }: PeerManner): Promise<Measurement> {
  run.progress(`a plug-in called, Extism's${suffix}`);
  const module = guestBytes('extism-plugin');
  return withSupervisor(async (supervisor) => {
    const id = await supervisor.startInstance({ module });
    const plugin = await (await extismHost(module))();
    try {
      const decoder = new TextDecoder();
      const rounds = await alternate(
        run,
        async () => {
          for (let index = 0; index < BATCH; index += 1) {
            assertCounted((await plugin.call(EXPORT, INPUT))?.text());
          }
        },
        async () => {
          for (let index = 0; index < BATCH; index += 1) {
            const output = await supervisor.invoke(id, EXPORT, [INPUT]);
            assertCounted(decoder.decode(output as Uint8Array));
          }
        },
        () => before?.(plugin) ?? Promise.resolve(),
      );
      return measurementOf(
        {
          name: `invoke, against Extism${suffix}`,
          what: `\`supervisor.invoke(id, '${EXPORT}', [bytes])\` until it resolves, 13 bytes to the plug-in \`extism-plugin\`: ${BATCH} calls one after another, divided by ${BATCH}`,
          floor:
            'no floor but a peer: `plugin.call` of the same export of the same file with the same bytes ' +
            `in \`@extism/extism\` with \`runInWorker\`, as often; ${note}`,
          unit: 'µs',
          aim: { kind: 'ratio', atMost: 0.1 },
        },
        scaled(rounds, 1_000 / BATCH),
      );
    } finally {
      await plugin.close();
    }
  });
}

async function timePlugin(create: () => Promise<Plugin>): Promise<number> {
  const begun = performance.now();
  const plugin = await create();
  const took = performance.now() - begun;
  await plugin.close();
  return took;
}

function benchPluginStart(run: BenchRun): Promise<Measurement> {
  run.progress('a plug-in started');
  const module = guestBytes('extism-plugin');
  return withSupervisor(
    async (supervisor) => {
      const create = await extismHost(module);
      const rounds = await alternateOnce(
        run,
        async () => {
          await sparesReady(supervisor, run.signal);
          return timePlugin(create);
        },
        async () => {
          await sparesReady(supervisor, run.signal);
          return timeStart(supervisor, module);
        },
      );
      return measurementOf(
        {
          name: 'warm start, against Extism',
          what: '`startInstance` of the plug-in `extism-plugin` until it resolves, module compiled before, a spare thread ready',
          floor:
            'no floor but a peer: `createPlugin` of the same file, given as a `WebAssembly.Module`, in ' +
            '`@extism/extism` with `runInWorker`, which knows no spare threads',
          unit: 'ms',
          aim: { kind: 'ratio', atMost: 0.05 },
        },
        rounds,
      );
    },
    { warmSpares: SPARES },
  );
}

/** The same plug-in here and in Extism's own host, both with the guest in a worker. */
export function benchExtismPlugin(run: BenchRun): Promise<Measurement[]> {
  return withoutWarnings(async () => {
    const measured: Measurement[] = [];
    for (const manner of PEER_MANNERS) measured.push(await benchCall(run, manner));
    return [...measured, await benchPluginStart(run)];
  });
}
