import { fail } from './errno.ts';
import type { GuestMemory } from './guest-memory.ts';
import { FILE_TYPE, type NodeFacts, type WasiNode } from './nodes.ts';

/** Bytes of a `filestat`. */
const FILESTAT_BYTES = 64;

const STREAM = {
  type: FILE_TYPE.characterDevice,
  size: 0,
  facts: { inode: 0n, linkCount: 1, accessedNs: 0n, modifiedNs: 0n, changedNs: 0n },
} as const;

const SET_ACCESSED = 1;
const SET_ACCESSED_NOW = 2;
const SET_MODIFIED = 4;
const SET_MODIFIED_NOW = 8;

/**
 * Writes the `filestat` of a node, or of a stream if there is none.
 *
 * @throws `WasiFailure` fault.
 * @internal
 */
export function writeFilestat(memory: GuestMemory, pointer: number, node?: WasiNode): void {
  const { type, size, facts }: Pick<WasiNode, 'type' | 'size' | 'facts'> | typeof STREAM =
    node ?? STREAM;
  memory.slice(pointer, FILESTAT_BYTES).fill(0);
  const view = memory.view(pointer, FILESTAT_BYTES);
  view.setBigUint64(0, 1n, true);
  view.setBigUint64(8, facts.inode, true);
  view.setUint8(16, type);
  view.setBigUint64(24, BigInt(facts.linkCount), true);
  view.setBigUint64(32, BigInt(size), true);
  view.setBigUint64(40, facts.accessedNs, true);
  view.setBigUint64(48, facts.modifiedNs, true);
  view.setBigUint64(56, facts.changedNs, true);
}

/**
 * Refuses flags that ask for a given time and for the present at once.
 *
 * @throws `WasiFailure` inval.
 * @internal
 */
export function checkTimeFlags(flags: number): void {
  if (flags & SET_ACCESSED && flags & SET_ACCESSED_NOW) fail('inval');
  if (flags & SET_MODIFIED && flags & SET_MODIFIED_NOW) fail('inval');
}

/**
 * Sets the times that the flags name.
 *
 * @internal
 */
export function setTimes(
  facts: NodeFacts,
  wanted: { readonly accessedNs: bigint; readonly modifiedNs: bigint; readonly flags: number },
  nowNs: bigint,
): void {
  const { flags } = wanted;
  if (flags & SET_ACCESSED) facts.accessedNs = wanted.accessedNs;
  if (flags & SET_ACCESSED_NOW) facts.accessedNs = nowNs;
  if (flags & SET_MODIFIED) facts.modifiedNs = wanted.modifiedNs;
  if (flags & SET_MODIFIED_NOW) facts.modifiedNs = nowNs;
  facts.changedNs = nowNs;
}
