import type { FileDescriptor, StreamDescriptor } from '../descriptors.ts';
import { fail } from '../errno.ts';
import { fileOffset } from '../file-offset.ts';
import { RIGHT } from '../rights.ts';
import type { Preview1Calls, WasiContext } from '../wasi-context.ts';

const APPEND = 1;

/** The host keeps little of the output; it never has to take in more than this at a time. */
const OUTPUT_PIECE_BYTES = 65_536;

/**
 * Reading, writing and moving in files and streams.
 *
 * @internal
 */
export const fdIoCalls: Preview1Calls<
  'fd_read' | 'fd_pread' | 'fd_write' | 'fd_pwrite' | 'fd_seek' | 'fd_tell'
> = {
  fd_read(context, fd, vectors, count, result) {
    const { memory, descriptors } = context;
    const descriptor = descriptors.fileOrStream(fd, RIGHT.fdRead);
    const buffers = memory.vectors(vectors, count);
    memory.require(result, 4);
    if (descriptor.kind === 'stream') {
      memory.setU32(result, readStream(context, descriptor, buffers));
      return;
    }
    const bytes = readFile(descriptor, buffers, descriptor.position);
    descriptor.position += bytes;
    memory.setU32(result, bytes);
  },
  fd_pread({ memory, descriptors }, fd, vectors, count, offset, result) {
    const descriptor = descriptors.fileOrStream(fd, RIGHT.fdRead);
    if (descriptor.kind === 'stream') fail('spipe');
    const buffers = memory.vectors(vectors, count);
    memory.setU32(result, readFile(descriptor, buffers, fileOffset(offset)));
  },
  fd_write(context, fd, vectors, count, result) {
    const { memory, descriptors } = context;
    const descriptor = descriptors.fileOrStream(fd, RIGHT.fdWrite);
    const buffers = memory.vectors(vectors, count);
    memory.require(result, 4);
    if (descriptor.kind === 'stream') {
      memory.setU32(result, writeStream(context, descriptor, buffers));
      return;
    }
    if (descriptor.flags & APPEND) descriptor.position = descriptor.node.size;
    const bytes = writeFile(context, descriptor, buffers, descriptor.position);
    descriptor.position += bytes;
    memory.setU32(result, bytes);
  },
  fd_pwrite(context, fd, vectors, count, offset, result) {
    const { memory, descriptors } = context;
    const descriptor = descriptors.fileOrStream(fd, RIGHT.fdWrite);
    if (descriptor.kind === 'stream') fail('spipe');
    const buffers = memory.vectors(vectors, count);
    memory.require(result, 4);
    const at = descriptor.flags & APPEND ? descriptor.node.size : fileOffset(offset);
    memory.setU32(result, writeFile(context, descriptor, buffers, at));
  },
  fd_seek({ memory, descriptors }, fd, offset, whence, result) {
    const descriptor = seekable(descriptors.get(fd));
    if (!(descriptor.rights & RIGHT.fdSeek)) fail('notcapable');
    const bases = [0, descriptor.position, descriptor.node.size];
    const base = bases[whence] ?? fail('inval');
    memory.require(result, 8);
    descriptor.position = fileOffset(BigInt(base) + BigInt.asIntN(64, offset));
    memory.setU64(result, BigInt(descriptor.position));
  },
  fd_tell({ memory, descriptors }, fd, result) {
    memory.setU64(result, BigInt(seekable(descriptors.get(fd)).position));
  },
};

function seekable(descriptor: ReturnType<WasiContext['descriptors']['get']>): FileDescriptor {
  if (descriptor.kind === 'directory') fail('badf');
  if (descriptor.kind === 'stream') fail('spipe');
  return descriptor;
}

function readStream(
  { stdin }: WasiContext,
  { stream }: StreamDescriptor,
  buffers: readonly Uint8Array[],
): number {
  if (stream !== 'stdin') fail('badf');
  return buffers.reduce((bytes, buffer) => bytes + stdin.read(buffer), 0);
}

function writeStream(
  { host }: WasiContext,
  { stream }: StreamDescriptor,
  buffers: readonly Uint8Array[],
): number {
  if (stream === 'stdin') fail('badf');
  let bytes = 0;
  for (const buffer of buffers) {
    for (let at = 0; at < buffer.length; at += OUTPUT_PIECE_BYTES) {
      host.write(stream, buffer.slice(at, at + OUTPUT_PIECE_BYTES));
    }
    bytes += buffer.length;
  }
  return bytes;
}

function readFile(
  { node }: FileDescriptor,
  buffers: readonly Uint8Array[],
  offset: number,
): number {
  let bytes = 0;
  for (const buffer of buffers) {
    const read = node.content.read(buffer, offset + bytes);
    bytes += read;
    if (read < buffer.length) break;
  }
  return bytes;
}

/** Writes all or, for want of space, nothing. */
function writeFile(
  { files }: WasiContext,
  { node }: FileDescriptor,
  buffers: readonly Uint8Array[],
  offset: number,
): number {
  const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  if (total === 0) return 0;
  if (offset + total > node.size) node.content.resize(offset + total);
  let at = offset;
  for (const buffer of buffers) {
    node.content.write(buffer, at);
    at += buffer.length;
  }
  files.markModified(node);
  return total;
}
