import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ModuleFiles } from '../../lib/shards/module-files.ts';
import { failureOf, pause } from '../e2e/fixtures.ts';
import { activeResources } from '../leaks/active-resources.ts';

const ONE = Uint8Array.of(1, 2, 3);
const OTHER = Uint8Array.of(4);

describe('the files of modules', () => {
  it('are named by what is in them, in a folder that only their owner may enter', async () => {
    const files = await ModuleFiles.open();
    try {
      expect(statSync(files.folder).mode & 0o777).to.equal(0o700);
      const [name = ''] = await files.hold([ONE]);
      expect(name).to.equal(createHash('sha256').update(ONE).digest('hex'));
      expect(new Uint8Array(readFileSync(join(files.folder, name)))).to.deep.equal(ONE);
    } finally {
      await files.destroy();
    }
    expect(existsSync(files.folder)).to.equal(false);
  });

  it('are there as long as somebody holds them, however often they come and go', async () => {
    const files = await ModuleFiles.open();
    const seen = (): number => readdirSync(files.folder).length;
    try {
      const [first, second] = await Promise.all([files.hold([ONE, OTHER]), files.hold([ONE])]);
      files.release(first);
      while (seen() !== 1) await pause(1);
      files.release(second);
      // Wanted again before it is gone.
      const again = await files.hold([ONE]);
      expect(seen()).to.equal(1);
      files.release(again);
      while (seen() !== 0) await pause(1);
    } finally {
      await files.destroy();
    }
  });

  it('W5 · leave nothing under way once they have been destroyed', async () => {
    const before = activeResources();
    const files = await ModuleFiles.open();
    await files.hold([ONE, OTHER]);
    await files.destroy();
    expect(activeResources()).to.deep.equal(before);
  });

  it('are refused once they have been destroyed', async () => {
    const files = await ModuleFiles.open();
    await files.destroy();
    await files.destroy();
    expect((await failureOf(files.hold([ONE]))).code).to.equal('RESOURCE_EXHAUSTED');
  });
});
