import { fail } from './errno.ts';
import { DirectoryNode, FileNode, type NodeFacts, SymlinkNode, type WasiNode } from './nodes.ts';
import { ScratchQuota } from './scratch-quota.ts';

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * One guest's tree of files: in memory, bounded by its quota, gone with the guest.
 *
 * @internal
 */
export class FileSystem {
  readonly root: DirectoryNode;
  readonly #quota: ScratchQuota;
  readonly #nowNs: () => bigint;
  #nextInode = 1n;

  constructor(scratchBytes: number, nowNs: () => bigint) {
    this.#quota = new ScratchQuota(scratchBytes);
    this.#nowNs = nowNs;
    this.root = new DirectoryNode(this.#facts());
  }

  /** Adds a file that the guest starts with; it is not charged. */
  addInitialFile(parent: DirectoryNode, name: string, bytes: Uint8Array): void {
    parent.put(name, new FileNode(this.#facts(), this.#quota, bytes));
  }

  /** Adds a directory that the guest starts with; it is not charged. */
  addInitialDirectory(parent: DirectoryNode, name: string): DirectoryNode {
    const node = new DirectoryNode(this.#facts(), parent);
    parent.put(name, node);
    return node;
  }

  createFile(parent: DirectoryNode, name: string): FileNode {
    const node = new FileNode(this.#facts(), this.#quota);
    this.#add(parent, name, node);
    return node;
  }

  createDirectory(parent: DirectoryNode, name: string): void {
    this.#add(parent, name, new DirectoryNode(this.#facts(), parent));
  }

  createSymlink(parent: DirectoryNode, name: string, target: string): void {
    const size = utf8.encode(target).length;
    this.#quota.chargeBytes(size);
    try {
      this.#add(parent, name, new SymlinkNode(this.#facts(), target, size));
    } catch (error) {
      this.#quota.refundBytes(size);
      throw error;
    }
  }

  /** Gives a node, other than a directory, one more name. */
  link(parent: DirectoryNode, name: string, node: FileNode | SymlinkNode): void {
    this.#add(parent, name, node);
    node.facts.linkCount += 1;
  }

  /** Takes a name away, and with the last one whatever it named. */
  remove(parent: DirectoryNode, name: string, node: WasiNode): void {
    parent.remove(name);
    this.#touch(parent);
    this.#quota.refundEntry();
    this.#drop(node);
  }

  /** Moves a node to another name, instead of what has that name. */
  rename(
    from: { readonly parent: DirectoryNode; readonly name: string; readonly node: WasiNode },
    to: {
      readonly parent: DirectoryNode;
      readonly name: string;
      readonly node?: WasiNode | undefined;
    },
  ): void {
    if (to.parent.isRemoved) fail('noent');
    from.parent.remove(from.name);
    to.parent.put(unsliced(to.name), from.node);
    if (from.node instanceof DirectoryNode) from.node.parent = to.parent;
    this.#touch(from.parent);
    this.#touch(to.parent);
    if (to.node !== undefined) {
      this.#quota.refundEntry();
      this.#drop(to.node);
    }
  }

  /** A descriptor lets go of a file. */
  closeFile(file: FileNode): void {
    file.openCount -= 1;
    if (file.facts.linkCount > 0) file.content.trim();
    else if (file.openCount === 0) file.content.release();
  }

  /** Notes that content changed now. */
  markModified(node: WasiNode): void {
    node.facts.modifiedNs = node.facts.changedNs = this.#nowNs();
  }

  #add(parent: DirectoryNode, name: string, node: WasiNode): void {
    if (parent.isRemoved) fail('noent');
    this.#quota.chargeEntry();
    parent.put(unsliced(name), node);
    this.#touch(parent);
  }

  #drop(node: WasiNode): void {
    node.facts.linkCount -= 1;
    if (node instanceof DirectoryNode) {
      node.isRemoved = true;
      node.parent = undefined;
    } else if (node.facts.linkCount > 0) {
      return;
    } else if (node instanceof SymlinkNode) {
      this.#quota.refundBytes(node.size);
    } else if (node.openCount === 0) {
      node.content.release();
    }
  }

  #touch(directory: DirectoryNode): void {
    directory.facts.modifiedNs = this.#nowNs();
  }

  #facts(): NodeFacts {
    const nowNs = this.#nowNs();
    const inode = this.#nextInode++;
    return { inode, linkCount: 1, accessedNs: nowNs, modifiedNs: nowNs, changedNs: nowNs };
  }
}

/**
 * V8 keeps a part of a string as a window on the whole: short names cut from long paths would hold
 * all those paths in memory, uncounted.
 */
function unsliced(name: string): string {
  return text.decode(utf8.encode(name));
}
