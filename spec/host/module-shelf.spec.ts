import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { systemClock } from '../../lib/core/system-clock.ts';
import { ModuleShelf } from '../../lib/host/module-shelf.ts';
import { failureOf } from '../e2e/fixtures.ts';
import { ScratchFolder } from '../gates/run-tool.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const LIMITS = { modules: 2, moduleBytes: 100, modulesBytes: 100 };

async function withShelf(
  limits: Partial<typeof LIMITS>,
  use: (shelf: ModuleShelf, folder: string) => Promise<void>,
): Promise<void> {
  await using folder = await ScratchFolder.with({});
  const shelf = await ModuleShelf.open(folder.path, { ...LIMITS, ...limits }, systemClock);
  await use(shelf, folder.path);
}

async function put(shelf: ModuleShelf, text: string): Promise<string> {
  const kept = await shelf.add(
    Readable.from([Buffer.from(text)]),
    undefined,
    async () => undefined,
  );
  return kept.sha256;
}

describe('uploaded modules', () => {
  it('P18 · stay while somebody reads them, whoever removes them or wants their room', () =>
    withShelf({ modules: 1 }, async (shelf, folder) => {
      const first = await put(shelf, 'first');
      await shelf.use(first, async () => {
        expect(await shelf.remove(first)).to.equal(false);
        const refused = await failureOf(put(shelf, 'second'));
        expect([refused.code, refused.details['resource']]).to.deep.equal([
          'RESOURCE_EXHAUSTED',
          'modules',
        ]);
        expect(await readdir(folder)).to.deep.equal([`${first}.wasm`]);
      });
      const second = await put(shelf, 'second');
      expect(await readdir(folder)).to.deep.equal([`${second}.wasm`]);
      expect(await shelf.remove(second)).to.equal(true);
      expect(await readdir(folder)).to.deep.equal([]);
    }));

  it('P18 · are bounded in bytes of all of them', () =>
    withShelf({}, async (shelf) => {
      await put(shelf, 'a'.repeat(60));
      await put(shelf, 'b'.repeat(60));
      expect(shelf.list().map((each) => each.sha256)).to.deep.equal([sha256('b'.repeat(60))]);
      await put(shelf, 'c'.repeat(40));
      expect(shelf.list()).to.have.length(2);
      const { code, details } = await failureOf(put(shelf, 'd'.repeat(101)));
      expect([code, details['limitBytes']]).to.deep.equal(['RESOURCE_EXHAUSTED', 100]);
    }));
});
