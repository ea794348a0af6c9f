import { fail } from '../errno.ts';
import { DirectoryNode, type WasiNode } from '../nodes.ts';
import { resolvePath } from '../resolve-path.ts';
import { RIGHT } from '../rights.ts';
import type { Preview1Calls } from '../wasi-context.ts';

const FOLLOW = 1;

/**
 * Calls between two paths.
 *
 * @internal
 */
export const pathLinkCalls: Preview1Calls<'path_link' | 'path_rename'> = {
  path_link(context, fromFd, lookup, from, fromLength, toFd, to, toLength) {
    const { memory, descriptors, files } = context;
    const fromStart = descriptors.directory(fromFd, RIGHT.pathLinkSource).node;
    const toStart = descriptors.directory(toFd, RIGHT.pathLinkTarget).node;
    if (lookup & FOLLOW) fail('inval');
    const source = resolvePath(fromStart, memory.path(from, fromLength), false);
    const node = source.node ?? fail('noent');
    if (node instanceof DirectoryNode) fail('perm');
    if (source.hasTrailingSlash) fail('notdir');
    const target = resolvePath(toStart, memory.path(to, toLength), false);
    if (target.kind === 'self' || target.node !== undefined) fail('exist');
    if (target.hasTrailingSlash) fail('noent');
    files.link(target.parent, target.name, node);
  },
  path_rename({ memory, descriptors, files }, fromFd, from, fromLength, toFd, to, toLength) {
    const fromStart = descriptors.directory(fromFd, RIGHT.pathRenameSource).node;
    const toStart = descriptors.directory(toFd, RIGHT.pathRenameTarget).node;
    const source = resolvePath(fromStart, memory.path(from, fromLength), false);
    const node = source.node ?? fail('noent');
    const target = resolvePath(toStart, memory.path(to, toLength), false);
    if (source.kind === 'self' || target.kind === 'self') fail('inval');
    const isDirectory = node instanceof DirectoryNode;
    const hasTrailingSlash = source.hasTrailingSlash || target.hasTrailingSlash;
    if (!isDirectory && hasTrailingSlash) fail('notdir');
    if (target.node === node) return;
    checkReplaceable(isDirectory, target.node);
    if (isDirectory && isWithin(target.parent, node)) fail('inval');
    files.rename({ parent: source.parent, name: source.name, node }, target);
  },
};

function checkReplaceable(isDirectory: boolean, replaced: WasiNode | undefined): void {
  if (replaced === undefined) return;
  if (!(replaced instanceof DirectoryNode)) {
    if (isDirectory) fail('notdir');
    return;
  }
  if (!isDirectory) fail('isdir');
  if (!replaced.isEmpty) fail('notempty');
}

/** Walks up by parents, not along the path, because descriptors give shortcuts into the tree. */
function isWithin(directory: DirectoryNode, ancestor: DirectoryNode): boolean {
  for (let at: DirectoryNode | undefined = directory; at !== undefined; at = at.parent) {
    if (at === ancestor) return true;
  }
  return false;
}
