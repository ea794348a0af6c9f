import { fail } from './errno.ts';
import type { FileSystem } from './file-system.ts';
import { DirectoryNode, FileNode } from './nodes.ts';
import { ALL_RIGHTS, DIRECTORY_RIGHTS, READ_OR_WRITE, STDIO_RIGHTS } from './rights.ts';

/** The three standard streams included. */
const MAX_DESCRIPTORS = 256;
const FIRST_FREE = 3;

interface DescriptorState {
  /** Rights on the descriptor itself. */
  rights: bigint;
  /** Rights that what is opened through it may have. */
  inheriting: bigint;
  flags: number;
}

/**
 * A standard stream.
 *
 * @internal
 */
export interface StreamDescriptor extends DescriptorState {
  readonly kind: 'stream';
  readonly stream: 'stdin' | 'stdout' | 'stderr';
}

/**
 * An open file with its own position.
 *
 * @internal
 */
export interface FileDescriptor extends DescriptorState {
  readonly kind: 'file';
  readonly node: FileNode;
  position: number;
}

/**
 * An open directory.
 *
 * @internal
 */
export interface DirectoryDescriptor extends DescriptorState {
  readonly kind: 'directory';
  readonly node: DirectoryNode;
  /** The name under which a preopened directory is announced. */
  readonly preopenName?: Uint8Array;
}

/**
 * Anything that a descriptor number stands for.
 *
 * @internal
 */
export type Descriptor = StreamDescriptor | FileDescriptor | DirectoryDescriptor;

/**
 * The guest's descriptors: three streams, the one preopened directory, and what it opened.
 *
 * @internal
 */
export class DescriptorTable {
  readonly #open = new Map<number, Descriptor>();
  readonly #files: FileSystem;

  constructor(files: FileSystem) {
    this.#files = files;
    for (const [fd, stream] of (['stdin', 'stdout', 'stderr'] as const).entries()) {
      this.#open.set(fd, {
        kind: 'stream',
        stream,
        rights: STDIO_RIGHTS,
        inheriting: 0n,
        flags: 0,
      });
    }
    this.#open.set(FIRST_FREE, {
      kind: 'directory',
      node: files.root,
      rights: DIRECTORY_RIGHTS,
      inheriting: ALL_RIGHTS,
      flags: 0,
      preopenName: new TextEncoder().encode('/'),
    });
  }

  find(fd: number): Descriptor | undefined {
    return this.#open.get(fd);
  }

  /** @throws `WasiFailure` badf. */
  get(fd: number): Descriptor {
    return this.#open.get(fd) ?? fail('badf');
  }

  /** @throws `WasiFailure` badf, notdir, notcapable. */
  directory(fd: number, right: bigint): DirectoryDescriptor {
    const descriptor = this.get(fd);
    if (descriptor.kind !== 'directory') fail('notdir');
    if ((descriptor.rights & right) !== right) fail('notcapable');
    return descriptor;
  }

  /** Anything but a directory. @throws `WasiFailure` badf, isdir, notcapable. */
  fileOrStream(fd: number, right: bigint): FileDescriptor | StreamDescriptor {
    const descriptor = this.get(fd);
    const isInOrOut = (right & READ_OR_WRITE) !== 0n;
    if (descriptor.kind === 'directory') fail(isInOrOut ? 'isdir' : 'badf');
    if ((descriptor.rights & right) !== right) fail(isInOrOut ? 'badf' : 'notcapable');
    return descriptor;
  }

  /** @throws `WasiFailure` mfile when no more may be open. */
  ensureRoom(): void {
    if (this.#open.size >= MAX_DESCRIPTORS) fail('mfile');
  }

  /** Gives the lowest free number. @throws `WasiFailure` mfile. */
  add(descriptor: Descriptor): number {
    this.ensureRoom();
    let fd = FIRST_FREE;
    while (this.#open.has(fd)) fd += 1;
    if (descriptor.kind === 'file') descriptor.node.openCount += 1;
    this.#open.set(fd, descriptor);
    return fd;
  }

  /** @throws `WasiFailure` badf. */
  close(fd: number): void {
    const descriptor = this.get(fd);
    this.#open.delete(fd);
    if (descriptor.kind === 'file') this.#files.closeFile(descriptor.node);
  }

  /** Moves a descriptor to a number that is in use, closing what was there. @throws `WasiFailure` badf. */
  renumber(from: number, to: number): void {
    const descriptor = this.get(from);
    this.get(to);
    if (from === to) return;
    this.close(to);
    this.#open.set(to, descriptor);
    this.#open.delete(from);
  }
}
