import type { Descriptor, DirectoryDescriptor } from '../descriptors.ts';
import { fail } from '../errno.ts';
import { DirectoryNode, FileNode, SymlinkNode } from '../nodes.ts';
import { type ResolvedPath, resolvePath } from '../resolve-path.ts';
import { ALL_RIGHTS, DIRECTORY_RIGHTS, FILE_RIGHTS, RIGHT } from '../rights.ts';
import type { Preview1Calls, WasiContext } from '../wasi-context.ts';

const FOLLOW = 1;
const CREATE = 1;
const DIRECTORY = 2;
const EXCLUSIVE = 4;
const TRUNCATE = 8;
const ALL_OPEN_FLAGS = 0b1111;
const ALL_FLAGS = 0b1_1111;

interface OpenRequest {
  readonly isCreate: boolean;
  readonly isDirectory: boolean;
  readonly isExclusive: boolean;
  readonly isTruncate: boolean;
  readonly rights: bigint;
}

/**
 * Opening and making files.
 *
 * @internal
 */
export const pathOpenCall: Preview1Calls<'path_open'> = {
  path_open(context, fd, lookup, pointer, length, openFlags, rights, inheriting, flags, result) {
    const { memory, descriptors } = context;
    const start = descriptors.directory(fd, RIGHT.pathOpen);
    const path = memory.path(pointer, length);
    if (openFlags & ~ALL_OPEN_FLAGS || flags & ~ALL_FLAGS) fail('inval');
    const request = {
      isCreate: (openFlags & CREATE) !== 0,
      isDirectory: (openFlags & DIRECTORY) !== 0,
      isExclusive: (openFlags & CREATE) !== 0 && (openFlags & EXCLUSIVE) !== 0,
      isTruncate: (openFlags & TRUNCATE) !== 0,
      rights: rights & ALL_RIGHTS,
    };
    checkRights(start, request);
    const isFollowed = (lookup & FOLLOW) !== 0 && !request.isExclusive;
    const resolved = resolvePath(start.node, path, isFollowed);
    checkTarget(resolved, request);
    memory.require(result, 4);
    descriptors.ensureRoom();
    const opened = {
      node: openNode(context, resolved, request),
      rights: request.rights,
      inheriting: inheriting & ALL_RIGHTS & start.inheriting,
      flags,
    };
    memory.setU32(result, descriptors.add(toDescriptor(opened)));
  },
};

function checkRights({ rights, inheriting }: DirectoryDescriptor, request: OpenRequest): void {
  if (request.rights & ~inheriting) fail('notcapable');
  if (request.isTruncate && !(rights & RIGHT.pathFilestatSetSize)) fail('notcapable');
  if (request.isCreate && !(rights & RIGHT.pathCreateFile)) fail('notcapable');
  if (request.isCreate && request.isDirectory) fail('inval');
}

function checkTarget({ node, hasTrailingSlash }: ResolvedPath, request: OpenRequest): void {
  if (node === undefined) {
    if (!request.isCreate) fail('noent');
    if (hasTrailingSlash) fail('isdir');
    return;
  }
  if (request.isExclusive) fail('exist');
  if (node instanceof SymlinkNode) fail('loop');
  if (node instanceof DirectoryNode) {
    if (request.isTruncate || request.rights & RIGHT.fdWrite) fail('isdir');
  } else if (request.isDirectory || hasTrailingSlash) {
    fail('notdir');
  }
}

function openNode(
  { files }: WasiContext,
  resolved: ResolvedPath,
  { isTruncate }: OpenRequest,
): FileNode | DirectoryNode {
  const { node } = resolved;
  if (node instanceof DirectoryNode) return node;
  if (node instanceof FileNode) {
    if (isTruncate) node.content.resize(0);
    return node;
  }
  if (resolved.kind === 'self' || node !== undefined) fail('loop');
  return files.createFile(resolved.parent, resolved.name);
}

function toDescriptor(opened: {
  readonly node: FileNode | DirectoryNode;
  readonly rights: bigint;
  readonly inheriting: bigint;
  readonly flags: number;
}): Descriptor {
  const { node, rights } = opened;
  return node instanceof DirectoryNode
    ? { ...opened, kind: 'directory', node, rights: rights & DIRECTORY_RIGHTS }
    : { ...opened, kind: 'file', node, rights: rights & FILE_RIGHTS, position: 0 };
}
