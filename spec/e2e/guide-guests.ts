import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { listingsIn } from '../gates/doc-listings.ts';
import { run, ScratchFolder, type ToolRun } from '../gates/run-tool.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';

const NAMED = /^\/\/ ([\w-]+\.\w+)\n([\s\S]*)$/;

/** The files that a document shows, by name: such a listing begins with it. */
export function listingsOf(document: string): ReadonlyMap<string, string> {
  const listings = listingsIn(document, 'assemblyscript', 'c', 'js', 'wit');
  return new Map(
    listings.map(({ text, line }) => {
      const [, name, content] = NAMED.exec(text) ?? [];
      if (name === undefined || content === undefined) throw new Error(`${document}:${line}`);
      return [name, content];
    }),
  );
}

/** A folder in which a document's own scripts build its own guests. */
export class GuideFolder implements AsyncDisposable {
  readonly #folder: ScratchFolder;

  private constructor(folder: ScratchFolder) {
    this.#folder = folder;
  }

  static async with(listings: ReadonlyMap<string, string>): Promise<GuideFolder> {
    const folder = await ScratchFolder.with(Object.fromEntries(listings));
    const installed = join(REPOSITORY_ROOT, 'node_modules');
    const visible = join(folder.path, 'node_modules');
    await mkdir(visible);
    for (const name of await readdir(installed)) {
      if (name !== 'wasmatrix') await symlink(join(installed, name), join(visible, name));
    }
    await symlink(REPOSITORY_ROOT, join(visible, 'wasmatrix'));
    return new GuideFolder(folder);
  }

  /** Runs one of its scripts. */
  run(script: string): Promise<ToolRun> {
    return run(process.execPath, [script], this.#folder.path);
  }

  /** Path of what was built. */
  guest(name: string): string {
    return join(this.#folder.path, `${name}.wasm`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folder[Symbol.asyncDispose]();
  }
}
