import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { isWasmatrixError, type WasmatrixError } from '../../lib/core/errors.ts';
import { moduleBytes } from '../../lib/threads/module-bytes.ts';
import { failureOf } from '../e2e/fixtures.ts';
import { skipLoudly } from '../skip-loudly.ts';

/** The refusal of a path, which has to come by itself. */
async function refusalOf(path: string): Promise<WasmatrixError> {
  try {
    await moduleBytes(path);
  } catch (error) {
    if (isWasmatrixError(error)) return error;
    throw error;
  }
  throw new Error(`${path} was read`);
}

describe('the file of a module', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'module-bytes-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is read as it is', async () => {
    const path = join(folder, 'module.wasm');
    await writeFile(path, Uint8Array.of(0, 0x61, 0x73, 0x6d));
    expect([...(await moduleBytes(path))]).to.deep.equal([0, 0x61, 0x73, 0x6d]);
  });

  it('is no pipe that nobody writes to, and no device without an end', async function () {
    if (process.platform === 'win32') skipLoudly(this, 'Windows has no such files');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero', '/dev/null']) {
      const error = await refusalOf(path);
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal('module');
      expect(error.message).to.include('no regular file');
    }
  });

  it('is neither a folder, nor empty, nor absent', async () => {
    const empty = join(folder, 'empty');
    await writeFile(empty, '');
    const refusals = [
      [folder, 'EISDIR'],
      [empty, 'is empty'],
      [join(folder, 'none'), 'ENOENT'],
    ] as const;
    for (const [path, reason] of refusals) {
      const error = await refusalOf(path);
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.message).to.include(reason);
    }
  });

  it('is given up when its system does not answer in time, and closed when it does', async () => {
    const path = join(folder, 'slow.wasm');
    await writeFile(path, Uint8Array.of(0, 0x61, 0x73, 0x6d));
    const [asked, answer, closed] = [0, 1, 2].map(() => Promise.withResolvers<void>());
    const openFile = async (source: string | URL, flags: number) => {
      const file = await open(source, flags);
      const read = async (...args: [Uint8Array, number]) => {
        asked?.resolve();
        await answer?.promise;
        return file.read(...args);
      };
      const close = () => file.close().then(closed?.resolve);
      return { stat: file.stat.bind(file), read: read as typeof file.read, close };
    };
    const { code, details } = await failureOf(moduleBytes(path, { deadlineMs: 20, openFile }));
    expect(code).to.equal('TIMEOUT');
    expect(details).to.include({ timeoutMs: 20 });
    await asked?.promise;
    answer?.resolve();
    await closed?.promise;
    expect([...(await moduleBytes(path, { deadlineMs: 20_000, openFile }))]).to.have.length(4);
  });

  it('is refused for its size before anything of it is read', async () => {
    const path = join(folder, 'huge');
    const file = await open(path, 'w');
    // Sparse: as large as that on paper only.
    await file.truncate(2 ** 40);
    await file.close();
    const error = await refusalOf(path);
    expect(error.code).to.equal('VALIDATION_ERROR');
    expect(error.details).to.deep.include({ field: 'module', sizeBytes: 2 ** 40 });
  });
});
