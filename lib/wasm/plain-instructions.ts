import type { ByteReader } from './byte-reader.ts';
import { BY_OPCODE } from './instruction-shapes.ts';
import { PLAIN_EFFECTS } from './stack-effects.ts';

/** How an instruction is skipped; it has to be looked at where there is no such number. */
const [NOT_PLAIN, ALONE, ONE_LEB, TWO_LEBS, LOCAL, MEMORY] = [0, 1, 2, 3, 4, 5] as const;

/** They end or open blocks, name globals, or cost by what is on the stack. */
const LOOKED_AT: ReadonlySet<number> = new Set([0x0b, 0x18, 0x23, 0x24, 0x40]);
const isLocal = (opcode: number): boolean => opcode >= 0x20 && opcode <= 0x22;

const KINDS = Uint8Array.from(BY_OPCODE, (_, opcode) =>
  LOOKED_AT.has(opcode) ? NOT_PLAIN : kindOf(opcode),
);

/** Control comes or goes there. */
const isControl = (opcode: number): boolean =>
  (opcode < 0x1a && opcode !== 0x01) || opcode === 0x1f || opcode === 0xd5 || opcode === 0xd6;
const KINDS_BY_EFFECT = Uint8Array.from(BY_OPCODE, (_, opcode) =>
  isControl(opcode) ? NOT_PLAIN : kindOf(opcode),
);

function kindOf(opcode: number): number {
  const shape = BY_OPCODE[opcode];
  if (shape === 'none') return ALONE;
  if (shape === 'index') return isLocal(opcode) ? LOCAL : ONE_LEB;
  if (shape === 'two-indices') return TWO_LEBS;
  return shape === 'memory-argument' ? MEMORY : NOT_PLAIN;
}

/** An alignment from here on says that more follows than the offset. */
const FIRST_UNUSUAL_ALIGNMENT = 0x40;

/**
 * Skips the next instructions as long as nothing is to be done about them, which is most of all code:
 * everything else is ten times as slow. Whatever is out of the ordinary is left to be read with care.
 *
 * @param reader - stands before an instruction, and afterwards before one to be looked at.
 * @param locals - how many locals there are.
 * @returns how many instructions were skipped.
 * @internal
 */
export function skipPlainInstructions(reader: ByteReader, locals: number): number {
  const { bytes, end } = reader;
  let count = 0;
  for (let at = reader.offset; ; count++) {
    reader.offset = at;
    if (at >= end) return count;
    const kind = KINDS[bytes[at++] as number];
    if (kind === NOT_PLAIN) return count;
    if (kind === ALONE) continue;
    const first = at < end ? (bytes[at] as number) : 0xff;
    if (kind === LOCAL) {
      if (first >= 0x80 || first >= locals) return count;
      at++;
      continue;
    }
    if (kind === MEMORY && first >= FIRST_UNUSUAL_ALIGNMENT) return count;
    at = behindLeb(bytes, at, end);
    if (kind !== ONE_LEB) at = behindLeb(bytes, at, end);
    if (at > end) return count;
  }
}

/**
 * Skips the next instructions as long as control goes straight on.
 *
 * @param reader - stands before an instruction, and afterwards before one to be looked at.
 * @returns how many values they leave on the stack more than they take.
 * @internal
 */
export function skipPlainEffects(reader: ByteReader): number {
  const { bytes, end } = reader;
  let effect = 0;
  let at = reader.offset;
  for (let next = at; at < end; at = next) {
    const opcode = bytes[at] as number;
    const kind = KINDS_BY_EFFECT[opcode] as number;
    if (kind === NOT_PLAIN) break;
    next = at + 1;
    if (kind !== ALONE) {
      if (kind === MEMORY && (bytes[next] as number) >= FIRST_UNUSUAL_ALIGNMENT) break;
      next = behindLeb(bytes, next, end);
      if (kind === MEMORY || kind === TWO_LEBS) next = behindLeb(bytes, next, end);
      if (next > end) break;
    }
    effect += PLAIN_EFFECTS[opcode] as number;
  }
  reader.offset = at;
  return effect;
}

/** Where the next LEB128 ends; beyond the end for one that breaks off or is too long. */
function behindLeb(bytes: Uint8Array, from: number, end: number): number {
  if (from + 1 < end) {
    if ((bytes[from] as number) < 0x80) return from + 1;
    if ((bytes[from + 1] as number) < 0x80) return from + 2;
  }
  return behindLongLeb(bytes, from, end);
}

function behindLongLeb(bytes: Uint8Array, from: number, end: number): number {
  const last = Math.min(end, from + 10);
  for (let at = from; at < last; at++) if ((bytes[at] as number) < 0x80) return at + 1;
  return end + 1;
}
