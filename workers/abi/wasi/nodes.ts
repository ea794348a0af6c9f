import { FileContent } from './file-content.ts';
import type { ScratchQuota } from './scratch-quota.ts';

/**
 * File types as preview 1 numbers them.
 *
 * @internal
 */
export const FILE_TYPE = {
  characterDevice: 2,
  directory: 3,
  regularFile: 4,
  symbolicLink: 7,
} as const;

/**
 * What is known of a node besides its content. Times are nanoseconds since the epoch.
 *
 * @internal
 */
export interface NodeFacts {
  readonly inode: bigint;
  linkCount: number;
  accessedNs: bigint;
  modifiedNs: bigint;
  changedNs: bigint;
}

/**
 * A file. It lives for as long as a name or an open descriptor refers to it.
 *
 * @internal
 */
export class FileNode {
  readonly type = FILE_TYPE.regularFile;
  readonly facts: NodeFacts;
  readonly content: FileContent;
  /** Descriptors that hold it open. */
  openCount = 0;

  constructor(facts: NodeFacts, quota: ScratchQuota, initial?: Uint8Array) {
    this.facts = facts;
    this.content = new FileContent(quota, initial);
  }

  get size(): number {
    return this.content.size;
  }
}

/**
 * A symbolic link; its target is relative, always.
 *
 * @internal
 */
export class SymlinkNode {
  readonly type = FILE_TYPE.symbolicLink;
  readonly facts: NodeFacts;
  readonly target: string;
  /** Bytes of the target. */
  readonly size: number;

  constructor(facts: NodeFacts, target: string, size: number) {
    this.facts = facts;
    this.target = target;
    this.size = size;
  }
}

/**
 * A name in a directory. The serial number grows with time, so that a reader of the directory finds
 * its place again although names came and went.
 *
 * @internal
 */
export interface DirectoryEntry {
  readonly node: WasiNode;
  readonly serial: number;
}

/** Serial numbers 1 and 2 belong to `.` and `..`. */
const FIRST_SERIAL = 3;

/**
 * A directory.
 *
 * @internal
 */
export class DirectoryNode {
  readonly type = FILE_TYPE.directory;
  readonly size = 0;
  readonly facts: NodeFacts;
  /** `undefined` for the root and for a directory that was removed. */
  parent: DirectoryNode | undefined;
  /** A removed directory may still be open; nothing can be made in it. */
  isRemoved = false;
  readonly #entries = new Map<string, DirectoryEntry>();
  #nextSerial = FIRST_SERIAL;

  constructor(facts: NodeFacts, parent?: DirectoryNode) {
    this.facts = facts;
    this.parent = parent;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  get(name: string): WasiNode | undefined {
    return this.#entries.get(name)?.node;
  }

  /** In the order of their serial numbers. */
  entries(): IterableIterator<[string, DirectoryEntry]> {
    return this.#entries.entries();
  }

  put(name: string, node: WasiNode): void {
    // A replaced name must move to the end, or the order would not be that of the serial numbers.
    this.#entries.delete(name);
    this.#entries.set(name, { node, serial: this.#nextSerial++ });
  }

  remove(name: string): void {
    this.#entries.delete(name);
  }
}

/**
 * Anything that has a name in the file system.
 *
 * @internal
 */
export type WasiNode = FileNode | DirectoryNode | SymlinkNode;
