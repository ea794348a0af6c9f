import { fail } from '../errno.ts';
import { checkTimeFlags, setTimes, writeFilestat } from '../file-status.ts';
import { DirectoryNode, FileNode, SymlinkNode } from '../nodes.ts';
import { resolvePath } from '../resolve-path.ts';
import { RIGHT } from '../rights.ts';
import type { Preview1Calls } from '../wasi-context.ts';

const FOLLOW = 1;

const utf8 = new TextEncoder();

/**
 * Making, removing and asking about what a path names.
 *
 * @internal
 */
export const pathCalls: Preview1Calls<
  | 'path_create_directory'
  | 'path_filestat_get'
  | 'path_filestat_set_times'
  | 'path_readlink'
  | 'path_remove_directory'
  | 'path_symlink'
  | 'path_unlink_file'
> = {
  path_create_directory({ memory, descriptors, files }, fd, pointer, length) {
    const start = descriptors.directory(fd, RIGHT.pathCreateDirectory).node;
    const found = resolvePath(start, memory.path(pointer, length), false);
    if (found.kind === 'self' || found.node !== undefined) fail('exist');
    files.createDirectory(found.parent, found.name);
  },
  path_filestat_get({ memory, descriptors }, fd, lookup, pointer, length, result) {
    const start = descriptors.directory(fd, RIGHT.pathFilestatGet).node;
    const found = resolvePath(start, memory.path(pointer, length), (lookup & FOLLOW) !== 0);
    if (found.node === undefined) fail('noent');
    if (found.hasTrailingSlash && !(found.node instanceof DirectoryNode)) fail('notdir');
    writeFilestat(memory, result, found.node);
  },
  path_filestat_set_times(context, fd, lookup, pointer, length, accessedNs, modifiedNs, flags) {
    const { host, memory, descriptors } = context;
    const start = descriptors.directory(fd, RIGHT.pathFilestatSetTimes).node;
    checkTimeFlags(flags);
    const path = memory.path(pointer, length);
    const node = resolvePath(start, path, (lookup & FOLLOW) !== 0).node ?? fail('noent');
    setTimes(node.facts, { accessedNs, modifiedNs, flags }, host.wallClockNs());
  },
  path_readlink({ memory, descriptors }, fd, pointer, length, buffer, bufferLength, result) {
    const start = descriptors.directory(fd, RIGHT.pathReadlink).node;
    const node = resolvePath(start, memory.path(pointer, length), false).node ?? fail('noent');
    if (!(node instanceof SymlinkNode)) fail('inval');
    memory.require(result, 4);
    const target = utf8.encode(node.target).subarray(0, bufferLength);
    memory.slice(buffer, target.length).set(target);
    memory.setU32(result, target.length);
  },
  path_remove_directory({ memory, descriptors, files }, fd, pointer, length) {
    const start = descriptors.directory(fd, RIGHT.pathRemoveDirectory).node;
    const found = resolvePath(start, memory.path(pointer, length), false);
    const node = found.node ?? fail('noent');
    if (!(node instanceof DirectoryNode)) fail('notdir');
    if (found.kind === 'self') fail('inval');
    if (!node.isEmpty) fail('notempty');
    files.remove(found.parent, found.name, node);
  },
  path_symlink({ memory, descriptors, files }, target, targetLength, fd, pointer, length) {
    const start = descriptors.directory(fd, RIGHT.pathSymlink).node;
    const leadsTo = memory.path(target, targetLength);
    if (leadsTo.includes('\0')) fail('ilseq');
    if (leadsTo === '') fail('noent');
    if (leadsTo.startsWith('/')) fail('perm');
    const found = resolvePath(start, memory.path(pointer, length), false);
    if (found.hasTrailingSlash && found.node instanceof FileNode) fail('notdir');
    if (found.kind === 'self' || found.node !== undefined) fail('exist');
    if (found.hasTrailingSlash) fail('noent');
    files.createSymlink(found.parent, found.name, leadsTo);
  },
  path_unlink_file({ memory, descriptors, files }, fd, pointer, length) {
    const start = descriptors.directory(fd, RIGHT.pathUnlinkFile).node;
    const found = resolvePath(start, memory.path(pointer, length), false);
    const node = found.node ?? fail('noent');
    if (found.kind === 'self' || node instanceof DirectoryNode) fail('isdir');
    if (found.hasTrailingSlash) fail('notdir');
    files.remove(found.parent, found.name, node);
  },
};
