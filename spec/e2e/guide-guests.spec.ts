import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { codeOf, kvGrant, PROPERTY_TIMEOUT_MS, THREAD_RUNS } from './fixtures.ts';
import { GuideFolder, listingsOf } from './guide-guests.ts';

const HAS_QJS = existsSync(join(REPOSITORY_ROOT, 'node_modules', 'componentize-qjs'));
const GUESTS = ['counter-c', 'counter-as', 'counter-plugin', ...(HAS_QJS ? ['counter-js'] : [])];

describe('the guests that docs/guests.md teaches to write', function () {
  this.timeout(PROPERTY_TIMEOUT_MS + 120_000);
  let folder: GuideFolder;
  let supervisor: Supervisor;

  before(async () => {
    folder = await GuideFolder.with(listingsOf('docs/guests.md'));
    for (const script of ['build.mjs', ...(HAS_QJS ? ['build-js.mjs'] : [])]) {
      const { code, output } = await folder.run(script);
      expect(code, output).to.equal(0);
    }
    if (!HAS_QJS) console.log('      SKIPPED counter-js: componentize-qjs is not installed');
    supervisor = await createSupervisor();
  });

  after(async () => {
    await supervisor.destroy();
    await folder[Symbol.asyncDispose]();
  });

  /** Starts one and calls it in the way of its ABI. */
  async function counter(guest: string, permissions: readonly string[], bucket: string) {
    const id = await supervisor.startInstance({
      module: folder.guest(guest),
      capabilities: [kvGrant(permissions, bucket)],
      limits: { memoryBytes: 64 * 1024 * 1024 },
      restartPolicy: { policyType: 'never' },
    });
    return async (key: string): Promise<bigint> => {
      const answer = await supervisor.invoke(id, 'bump', [key]);
      return answer instanceof Uint8Array
        ? Buffer.from(answer).readBigUInt64LE()
        : (answer as bigint);
    };
  }

  it('are started by the script that the page shows', async () => {
    const { code, stdout, output } = await folder.run('start.mjs');
    expect(code, output).to.equal(0);
    expect(stdout).to.include('needs kv:write');
    expect(stdout.trimEnd().split('\n').slice(-2)).to.deep.equal(['1n', '1n']);
  });

  it('give the same answers to the same calls, whatever made them', async () => {
    const keys = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), {
      minLength: 1,
      maxLength: 4,
    });
    const counters = await Promise.all(
      GUESTS.map((guest) => counter(guest, ['kv:read', 'kv:write'], guest)),
    );
    const counts = new Map<string, bigint>();
    await fc.assert(
      fc.asyncProperty(fc.array(keys, { maxLength: 4 }), async (rounds) => {
        for (const key of rounds.flat()) {
          const expected = (counts.get(key) ?? 0n) + 1n;
          counts.set(key, expected);
          const answers = await Promise.all(counters.map((bump) => bump(key)));
          expect(answers).to.deep.equal(GUESTS.map(() => expected));
        }
      }),
      { numRuns: THREAD_RUNS },
    );
    expect(counts.size).to.be.above(0);
  });

  for (const guest of GUESTS) {
    it(`count nothing without a grant · ${guest}`, async () => {
      const bump = await counter(guest, [], 'denied');
      expect(await codeOf(bump('key'))).to.equal('WASM_RUNTIME_ERROR');
    });
  }
});
