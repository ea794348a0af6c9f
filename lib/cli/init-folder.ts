import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import type { CommonOptions } from './command-options.ts';
import { EXAMPLE_MANIFEST, EXAMPLE_WAT, exampleModule } from './example-project.ts';
import { Terminal } from './terminal.ts';

const FILES: Readonly<Record<string, () => string | Uint8Array>> = {
  'wasmatrix.yaml': () => EXAMPLE_MANIFEST,
  'guest/calculator.wat': () => EXAMPLE_WAT,
  'guest/calculator.wasm': exampleModule,
};

/**
 * Writes what a host can be started with.
 *
 * @throws `INVALID_REQUEST` where one of the files is there already, `STORAGE_ERROR`.
 */
export async function initFolder(folder: string, { json }: CommonOptions): Promise<void> {
  const terminal = new Terminal(json);
  const paths = Object.keys(FILES).map((name) => join(folder, name));
  const written: string[] = [];
  try {
    for (const [name, content] of Object.entries(FILES)) {
      const path = join(folder, name);
      await writeNew(path, content());
      written.push(path);
    }
  } catch (error) {
    // All or nothing: what is there already is whole, and not ours.
    await Promise.all(written.map((path) => rm(path, { force: true })));
    throw error;
  }
  const goTo = folder === '.' ? '' : `cd ${folder} && `;
  terminal.result({ files: paths }, () =>
    [
      ...paths,
      '',
      `Now: ${goTo}wasmatrix host`,
      'Then, from another terminal: wasmatrix invoke calculator add 2 3',
    ].join('\n'),
  );
}

async function writeNew(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw invalidField('folder', `${path} is there already`);
    throw new WasmatrixError('STORAGE_ERROR', `${path} cannot be written: ${code}`, { path });
  }
}
