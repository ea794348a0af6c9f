import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import type { GuestCode } from '../../lib/protocol/instance-messages.ts';
import type { ProcessInput } from '../../lib/protocol/process-messages.ts';
import { ModuleFiles } from '../../lib/shards/module-files.ts';
import { ShardModules } from '../../lib/shards/shard-modules.ts';
import { rehearsalCode } from '../../lib/threads/rehearsal.ts';
import { codeOf, pause } from '../e2e/fixtures.ts';

const { admitted } = rehearsalCode('core');

function codeNumber(n: number): GuestCode {
  return { kind: 'compiled', modules: [], coreModules: [Uint8Array.of(n)] };
}

describe('the modules of a shard', () => {
  let files: ModuleFiles;
  let posted: ProcessInput[];
  let modules: ShardModules;

  beforeEach(async () => {
    files = await ModuleFiles.open();
    posted = [];
    modules = new ShardModules(files, (message) => posted.push(message));
  });

  afterEach(() => files.destroy());

  /** Answers in the place of the shard. */
  async function answered(count: number, failure?: string): Promise<void> {
    while (posted.length < count) await pause(1);
    const last = posted.at(-1);
    if (last?.kind !== 'wasmatrix.module') throw new Error('no module was told');
    const { module } = last;
    const known = { kind: 'wasmatrix.module-known', module } as const;
    modules.heard(failure === undefined ? known : { ...known, failure });
  }

  it('are told once, however many guests are made of them', async () => {
    const code = codeNumber(1);
    const uses = [1, 2, 3].map(() => modules.use({ admitted, code }));
    await answered(1);
    await Promise.all(uses.map(({ ready }) => ready));
    await modules.use({ admitted, code }).ready;
    expect(posted).to.have.length(1);
  });

  it('that cannot be loaded are told anew the next time', async () => {
    const code = codeNumber(1);
    const { ready, done } = modules.use({ admitted, code });
    const failure = codeOf(ready);
    await answered(1, 'no such file');
    expect(await failure).to.equal('WASM_RUNTIME_ERROR');
    const next = modules.use({ admitted, code });
    done();
    await answered(2);
    await next.ready;
  });

  it('are forgotten when many are known and none of them is used', async () => {
    const codes = Array.from({ length: 40 }, (_, n) => codeNumber(n));
    for (const [at, code] of codes.entries()) {
      const { ready, done } = modules.use({ admitted, code });
      await answered(at + 1 + posted.filter(({ kind }) => kind === 'wasmatrix.forget').length);
      await ready;
      done();
      done();
    }
    expect(posted.filter(({ kind }) => kind === 'wasmatrix.forget')).to.have.length(8);
    while (readdirSync(files.folder).length !== 32) await pause(1);
  });

  it('come to nothing when the shard is lost', async () => {
    const { ready } = modules.use({ admitted, code: codeNumber(1) });
    modules.lost({ reason: 'lost', message: 'gone' });
    let message = '';
    await ready.catch((error: Error) => {
      message = error.message;
    });
    expect(message).to.equal('gone');
  });
});
