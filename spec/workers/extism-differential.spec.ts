import type { Plugin } from '@extism/extism';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { bindExtism } from '../../workers/abi/extism/bind-extism.ts';
import type { Guest, GuestHost } from '../../workers/guest.ts';
import { GuestError } from '../../workers/guest-failure.ts';
import { fakeKeyValue } from '../guests/fake-key-value.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { recordingHost } from '../guests/recording-host.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const CONFIG = { greeting: 'hello', name: 'Ünal', '': 'nothing' };

function ours(host: GuestHost): Guest {
  const { admitted, coreModules } = admitModule(guestBytes('extism-plugin'), {
    abi: 'extism',
    memoryBytes: 1_048_576,
    tableEntries: 10,
  });
  const modules = coreModules.map(
    (each) => new WebAssembly.Module(each as Uint8Array<ArrayBuffer>),
  );
  return bindExtism({ ...admitted, sha256: '0'.repeat(64) }, modules, host);
}

async function theirs(lines: string[]): Promise<Plugin> {
  const { createPlugin } = await import('@extism/extism');
  const write =
    (level: string) =>
    (line: string): void =>
      void lines.push(`[${level}] ${line}\n`);
  const logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  } as unknown as Console;
  const wasm = [{ data: guestBytes('extism-plugin') }];
  return createPlugin({ wasm }, { config: CONFIG, logger });
}

function outcomeOfOurs(guest: Guest, name: string, input: Uint8Array): string {
  try {
    return Buffer.from(guest.invoke(name, [input]) as Uint8Array).toString('hex');
  } catch (error) {
    if (error instanceof GuestError) return `error: ${String(error.payload)}`;
    throw error;
  }
}

async function outcomeOfTheirs(plugin: Plugin, name: string, input: Uint8Array): Promise<string> {
  try {
    // A copy, since their host takes the whole buffer for the input, and keeps it.
    const output = await plugin.call(name, input.slice());
    return Buffer.from(output?.bytes() ?? []).toString('hex');
  } catch (error) {
    return (error as Error).message.replace('Plugin-originated error', 'error');
  }
}

describe("a plug-in in our host and in Extism's own", function () {
  this.timeout(30_000 + numRuns * 100);

  const input = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc
      .string({ unit: 'grapheme', maxLength: 30 })
      .map((each) => Uint8Array.from(Buffer.from(each))),
    fc.constantFrom(...Object.keys(CONFIG).map((each) => Uint8Array.from(Buffer.from(each)))),
  );
  const name = fc.constantFrom(
    'count_vowels',
    'total_vowels',
    'forget',
    'echo',
    'setting',
    'log_all',
    'churn',
    'refuse',
    'next',
  );
  // Their host takes what every object inherits, such as `valueOf`, for configuration.
  const call = fc.tuple(name, input).filter(([, bytes]) => !(Buffer.from(bytes).toString() in {}));

  it('answers the same to the same calls', () =>
    fc.assert(
      // A plug-in of its own for each run: theirs fails for good after 32,767 blocks.
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 12 }), async (calls) => {
        const lines: string[] = [];
        const host = recordingHost({ serve: fakeKeyValue().serve, config: CONFIG });
        const guest = ours(host);
        const plugin = await theirs(lines);
        try {
          for (const [each, bytes] of calls) {
            const expected = await outcomeOfTheirs(plugin, each, bytes);
            expect(outcomeOfOurs(guest, each, bytes), each).to.equal(expected);
          }
          expect(host.text('stderr')).to.equal(lines.join(''));
        } finally {
          await plugin.close();
        }
      }),
      { numRuns },
    ));
});
