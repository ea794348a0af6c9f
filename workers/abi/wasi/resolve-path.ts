import { fail } from './errno.ts';
import { DirectoryNode, SymlinkNode, type WasiNode } from './nodes.ts';

const MAX_LINKS = 32;
const MAX_NAME_BYTES = 255;

const utf8 = new TextEncoder();

/**
 * Where a path leads: to a directory that is on the path itself (`.`, `a/..`), or to a name in a
 * directory, which may be free.
 *
 * @internal
 */
export type ResolvedPath =
  | {
      readonly kind: 'self';
      readonly node: DirectoryNode;
      readonly hasTrailingSlash: boolean;
    }
  | {
      readonly kind: 'entry';
      readonly parent: DirectoryNode;
      readonly name: string;
      readonly node: WasiNode | undefined;
      readonly hasTrailingSlash: boolean;
    };

/**
 * Walks a path from a directory, which it can never leave: neither by `..`, nor by a leading slash, nor
 * by a symbolic link with either.
 *
 * @param follow - whether a link in the last place is followed, too.
 * @throws `WasiFailure`: ilseq, noent, perm, notdir, nametoolong, loop.
 * @internal
 */
export function resolvePath(start: DirectoryNode, path: string, follow: boolean): ResolvedPath {
  if (path.includes('\0')) fail('ilseq');
  if (path === '') fail('noent');
  if (path.startsWith('/')) fail('perm');
  const hasTrailingSlash = path.endsWith('/');
  const above: DirectoryNode[] = [];
  /** Names still to walk, the next one last. */
  const ahead = reversedNames(path);
  let current = start;
  let links = 0;
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (name === '..') {
      current = above.pop() ?? fail('perm');
      continue;
    }
    if (isTooLong(name)) fail('nametoolong');
    const node = current.get(name);
    const isLast = ahead.length === 0;
    if (node instanceof SymlinkNode && (!isLast || follow || hasTrailingSlash)) {
      links += 1;
      if (links > MAX_LINKS) fail('loop');
      if (node.target.startsWith('/')) fail('perm');
      ahead.push(...reversedNames(node.target));
      continue;
    }
    if (isLast) return { kind: 'entry', parent: current, name, node, hasTrailingSlash };
    if (node === undefined) fail('noent');
    if (!(node instanceof DirectoryNode)) fail('notdir');
    above.push(current);
    current = node;
  }
  return { kind: 'self', node: current, hasTrailingSlash };
}

function reversedNames(path: string): string[] {
  return path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .reverse();
}

function isTooLong(name: string): boolean {
  // A character has at most 3 bytes a UTF-16 unit; most names need no second look.
  return name.length * 3 > MAX_NAME_BYTES && utf8.encode(name).length > MAX_NAME_BYTES;
}
