import type { Descriptor, DirectoryDescriptor } from '../descriptors.ts';
import { fail } from '../errno.ts';
import type { WasiNode } from '../nodes.ts';
import { RIGHT } from '../rights.ts';
import type { Preview1Calls } from '../wasi-context.ts';

const PRESTAT_BYTES = 8;
const DIRENT_BYTES = 24;

const utf8 = new TextEncoder();

/**
 * Descriptors as such, the preopened directory, and reading directories.
 *
 * @internal
 */
export const fdTableCalls: Preview1Calls<
  | 'fd_close'
  | 'fd_datasync'
  | 'fd_sync'
  | 'fd_renumber'
  | 'fd_prestat_get'
  | 'fd_prestat_dir_name'
  | 'fd_readdir'
> = {
  fd_close({ descriptors }, fd) {
    descriptors.close(fd);
  },
  fd_datasync({ descriptors }, fd) {
    descriptors.get(fd);
  },
  fd_sync({ descriptors }, fd) {
    descriptors.get(fd);
  },
  fd_renumber({ descriptors }, from, to) {
    descriptors.renumber(from, to);
  },
  fd_prestat_get({ memory, descriptors }, fd, result) {
    const name = preopenName(descriptors.get(fd));
    const view = memory.view(result, PRESTAT_BYTES);
    view.setUint32(0, 0, true);
    view.setUint32(4, name.length, true);
  },
  fd_prestat_dir_name({ memory, descriptors }, fd, pointer, length) {
    const name = preopenName(descriptors.get(fd));
    if (length < name.length) fail('nametoolong');
    memory.slice(pointer, name.length).set(name);
  },
  fd_readdir({ memory, descriptors }, fd, pointer, length, cookie, result) {
    const directory = descriptors.directory(fd, RIGHT.fdReaddir);
    const buffer = memory.slice(pointer, length);
    memory.require(result, 4);
    let used = 0;
    for (const [name, node, serial] of listing(directory)) {
      if (used >= length) break;
      if (BigInt(serial) <= cookie) continue;
      const record = directoryRecord(name, node, serial);
      // A record that is cut off tells the guest that there is more.
      buffer.set(record.subarray(0, length - used), used);
      used = Math.min(length, used + record.length);
    }
    memory.setU32(result, used);
  },
};

function preopenName(descriptor: Descriptor): Uint8Array {
  if (descriptor.kind !== 'directory') fail('badf');
  return descriptor.preopenName ?? fail('badf');
}

function* listing({ node }: DirectoryDescriptor): Generator<[string, WasiNode, number]> {
  yield ['.', node, 1];
  yield ['..', node.parent ?? node, 2];
  for (const [name, entry] of node.entries()) yield [name, entry.node, entry.serial];
}

function directoryRecord(name: string, node: WasiNode, serial: number): Uint8Array {
  const bytes = utf8.encode(name);
  const record = new Uint8Array(DIRENT_BYTES + bytes.length);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(serial), true);
  view.setBigUint64(8, node.facts.inode, true);
  view.setUint32(16, bytes.length, true);
  view.setUint8(20, node.type);
  record.set(bytes, DIRENT_BYTES);
  return record;
}
