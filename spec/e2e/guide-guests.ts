import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { run, ScratchFolder, type ToolRun } from '../gates/run-tool.ts';
import { repositoryText } from '../gates/source-files.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';

/** A listing that is a file begins with its name. */
const LISTING = /^```\w+\n\/\/ ([\w-]+\.\w+)\n([\s\S]*?)^```$/gm;

/** The files that a document shows, by name. */
export function listingsOf(document: string): ReadonlyMap<string, string> {
  const listings = repositoryText(document).matchAll(LISTING);
  return new Map(Array.from(listings, ([, name = '', text = '']) => [name, text]));
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
