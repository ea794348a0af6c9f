/** Numbers from 0 up to a bound, always the same for one seed. */
export type Chance = (below: number) => number;

/** mulberry32: small, and each of its numbers depends on nothing but how often it was asked. */
export function chanceOf(seed: number, index: number): Chance {
  let state =
    (Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(index + 1, 0xc2b2_ae35)) >>> 0;
  return (below) => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

type Mutation = (bytes: Uint8Array, chance: Chance, other: Uint8Array) => Uint8Array;

const PREAMBLE_BYTES = 8;
const MOST_RANGE = 64;
/** Bytes that mean something in many places. */
const TELLING = [0, 1, 0x40, 0x60, 0x7f, 0x80, 0xff] as const;

function replaced(bytes: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);
}

/** A stretch of the bytes behind the preamble. */
function stretch(bytes: Uint8Array, chance: Chance): readonly [from: number, to: number] {
  const from = Math.min(
    bytes.length,
    PREAMBLE_BYTES + chance(Math.max(1, bytes.length - PREAMBLE_BYTES)),
  );
  return [from, Math.min(bytes.length, from + 1 + chance(MOST_RANGE))];
}

/** Where the sections of a module begin and end, as far as they can be told. */
function sectionsOf(bytes: Uint8Array): (readonly [from: number, to: number])[] {
  const sections: (readonly [number, number])[] = [];
  let at = PREAMBLE_BYTES;
  while (at < bytes.length) {
    let size = 0;
    let end = at + 1;
    for (let shift = 0; shift < 35 && end < bytes.length; shift += 7) {
      const byte = bytes[end++] ?? 0;
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    end += size;
    if (end > bytes.length) break;
    sections.push([at, end]);
    at = end;
  }
  return sections;
}

function anySection(bytes: Uint8Array, chance: Chance): readonly [from: number, to: number] {
  const sections = sectionsOf(bytes);
  return sections[chance(sections.length)] ?? stretch(bytes, chance);
}

const flipBits: Mutation = (bytes, chance) => {
  const mutant = bytes.slice();
  for (let left = 1 + chance(8); left > 0; left--) {
    const at = chance(mutant.length);
    mutant[at] = (mutant[at] ?? 0) ^ (1 << chance(8));
  }
  return mutant;
};

const overwrite: Mutation = (bytes, chance) => {
  const mutant = bytes.slice();
  const at = chance(mutant.length);
  mutant[at] = TELLING[chance(TELLING.length)] ?? 0;
  return mutant;
};

const cutOff: Mutation = (bytes, chance) => bytes.slice(0, chance(bytes.length));

const takeOut: Mutation = (bytes, chance) =>
  replaced(bytes, ...stretch(bytes, chance), new Uint8Array());

const repeat: Mutation = (bytes, chance) => {
  const [from, to] = stretch(bytes, chance);
  return replaced(bytes, to, to, bytes.subarray(from, to));
};

const splice: Mutation = (bytes, chance, other) => {
  const [from, to] = stretch(other, chance);
  return replaced(bytes, ...stretch(bytes, chance), other.subarray(from, to));
};

const graftSection: Mutation = (bytes, chance, other) => {
  const [from, to] = anySection(other, chance);
  const [at] = anySection(bytes, chance);
  return replaced(bytes, at, at, other.subarray(from, to));
};

const dropSection: Mutation = (bytes, chance) =>
  replaced(bytes, ...anySection(bytes, chance), new Uint8Array());

const doubleSection: Mutation = (bytes, chance) => {
  const [from, to] = anySection(bytes, chance);
  return replaced(bytes, to, to, bytes.subarray(from, to));
};

const moveSection: Mutation = (bytes, chance) => {
  const [from, to] = anySection(bytes, chance);
  const rest = replaced(bytes, from, to, new Uint8Array());
  const [at] = anySection(rest, chance);
  return replaced(rest, at, at, bytes.subarray(from, to));
};

/** The same number in more bytes, or a number that goes on into what follows it. */
const extendLeb: Mutation = (bytes, chance) => {
  const [at] = stretch(bytes, chance);
  const more = Uint8Array.from({ length: 1 + chance(9) }, () => 0x80);
  const last = Uint8Array.of(chance(4) === 0 ? 0x7f : 0);
  const first = Uint8Array.of((bytes[at] ?? 0) | 0x80);
  return replaced(bytes, at, at + 1, Buffer.concat([first, more.subarray(1), last]));
};

const truncateLeb: Mutation = (bytes, chance) => {
  const start = chance(bytes.length);
  const found = bytes.findIndex((byte, index) => index >= start && byte >= 0x80);
  if (found < 0) return overwrite(bytes, chance, bytes);
  return replaced(bytes, found, found + 1, Uint8Array.of((bytes[found] ?? 0) & 0x7f));
};

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  flipBits,
  flipBits,
  overwrite,
  overwrite,
  cutOff,
  takeOut,
  repeat,
  splice,
  graftSection,
  dropSection,
  doubleSection,
  moveSection,
  extendLeb,
  truncateLeb,
];

/** One mutant of one of the guests: one mutation mostly, several now and then. */
export function mutantOf(guests: readonly Uint8Array[], chance: Chance): Uint8Array {
  const any = (): Uint8Array => guests[chance(guests.length)] ?? new Uint8Array();
  let mutant = any();
  for (let left = chance(4) === 0 ? 2 + chance(4) : 1; left > 0; left--) {
    const mutation = MUTATIONS[chance(MUTATIONS.length)] ?? flipBits;
    mutant = mutation(mutant, chance, any());
  }
  return new Uint8Array(mutant);
}
