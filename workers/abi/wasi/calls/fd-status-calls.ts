import { fail } from '../errno.ts';
import { fileOffset, isNegative } from '../file-offset.ts';
import { checkTimeFlags, setTimes, writeFilestat } from '../file-status.ts';
import { FILE_TYPE } from '../nodes.ts';
import { RIGHT } from '../rights.ts';
import type { Preview1Calls } from '../wasi-context.ts';

const FDSTAT_BYTES = 24;
const ALL_FLAGS = 0b1_1111;
const LAST_ADVICE = 5;

/**
 * What a descriptor is, may and refers to.
 *
 * @internal
 */
export const fdStatusCalls: Preview1Calls<
  | 'fd_advise'
  | 'fd_allocate'
  | 'fd_fdstat_get'
  | 'fd_fdstat_set_flags'
  | 'fd_fdstat_set_rights'
  | 'fd_filestat_get'
  | 'fd_filestat_set_size'
  | 'fd_filestat_set_times'
> = {
  fd_advise({ descriptors }, fd, offset, length, advice) {
    descriptors.fileOrStream(fd, RIGHT.fdAdvise);
    if (advice > LAST_ADVICE || isNegative(offset) || isNegative(length)) fail('inval');
  },
  fd_allocate({ descriptors, files }, fd, offset, length) {
    const descriptor = descriptors.fileOrStream(fd, RIGHT.fdAllocate);
    if (descriptor.kind === 'stream') fail('notsup');
    if (length === 0n || isNegative(offset) || isNegative(length)) fail('inval');
    const end = offset + length;
    if (isNegative(end)) fail('fbig');
    if (fileOffset(end) <= descriptor.node.size) return;
    descriptor.node.content.resize(fileOffset(end));
    files.markModified(descriptor.node);
  },
  fd_fdstat_get({ memory, descriptors }, fd, result) {
    const descriptor = descriptors.get(fd);
    const view = memory.view(result, FDSTAT_BYTES);
    view.setUint8(
      0,
      descriptor.kind === 'stream' ? FILE_TYPE.characterDevice : descriptor.node.type,
    );
    view.setUint8(1, 0);
    view.setUint16(2, descriptor.flags, true);
    view.setUint32(4, 0, true);
    view.setBigUint64(8, descriptor.rights, true);
    view.setBigUint64(16, descriptor.inheriting, true);
  },
  fd_fdstat_set_flags({ descriptors }, fd, flags) {
    const descriptor = descriptors.get(fd);
    if (flags & ~ALL_FLAGS) fail('inval');
    if (descriptor.kind === 'directory' && flags !== 0) fail('badf');
    descriptor.flags = flags;
  },
  fd_fdstat_set_rights({ descriptors }, fd, rights, inheriting) {
    const descriptor = descriptors.get(fd);
    if (rights & ~descriptor.rights || inheriting & ~descriptor.inheriting) fail('notcapable');
    descriptor.rights = rights;
    descriptor.inheriting = inheriting;
  },
  fd_filestat_get({ memory, descriptors }, fd, result) {
    const descriptor = descriptors.get(fd);
    writeFilestat(memory, result, descriptor.kind === 'stream' ? undefined : descriptor.node);
  },
  fd_filestat_set_size({ descriptors, files }, fd, size) {
    const descriptor = descriptors.fileOrStream(fd, RIGHT.fdFilestatSetSize);
    if (descriptor.kind === 'stream') fail('inval');
    descriptor.node.content.resize(fileOffset(size));
    files.markModified(descriptor.node);
  },
  fd_filestat_set_times({ host, descriptors }, fd, accessedNs, modifiedNs, flags) {
    const descriptor = descriptors.get(fd);
    if (descriptor.kind === 'stream') fail('inval');
    checkTimeFlags(flags);
    const wanted = { accessedNs, modifiedNs, flags };
    setTimes(descriptor.node.facts, wanted, host.wallClockNs());
  },
};
