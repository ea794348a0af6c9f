import { BadArguments } from '../../guest-failure.ts';
import type { FileSystem } from './file-system.ts';
import { DirectoryNode } from './nodes.ts';

/**
 * Puts the files that a guest starts with into its tree. Paths are taken from the root, parents are
 * made; a path that ends in a slash, with no bytes, makes an empty directory.
 *
 * @throws `BadArguments` for a path that names nothing, leads out, or goes through a file.
 * @internal
 */
export function addInitialFiles(
  files: FileSystem,
  initial: Readonly<Record<string, Uint8Array>>,
): void {
  for (const [path, bytes] of Object.entries(initial)) {
    const field = `wasi.files[${JSON.stringify(path.slice(0, 200))}]`;
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    const isDirectory = path.endsWith('/') && bytes.length === 0;
    const name = isDirectory ? undefined : names.pop();
    if (names.includes('..') || name === '..' || path.includes('\0')) {
      throw new BadArguments(field, 'may contain neither ".." nor a zero character');
    }
    let directory = files.root;
    for (const step of names) {
      const found = directory.get(step) ?? files.addInitialDirectory(directory, step);
      if (!(found instanceof DirectoryNode)) throw new BadArguments(field, 'a parent is a file');
      directory = found;
    }
    if (isDirectory) continue;
    if (name === undefined) throw new BadArguments(field, 'names no file');
    if (directory.get(name) !== undefined) throw new BadArguments(field, 'is there already');
    files.addInitialFile(directory, name, bytes);
  }
}
