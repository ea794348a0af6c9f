const FIRST_SURROGATE = 0xd800;
const FIRST_BEHIND_SURROGATES = 0xe000;

/**
 * A code unit's rank among UTF-8 encodings: surrogates stand for code points above U+FFFF, so they
 * belong behind U+E000..U+FFFF, before which UTF-16 puts them.
 */
function rank(unit: number): number {
  if (unit < FIRST_SURROGATE) return unit;
  return unit < FIRST_BEHIND_SURROGATES ? unit + 0x2000 : unit - 0x800;
}

/**
 * Compares two well-formed strings as their UTF-8 bytes would compare, without encoding them.
 *
 * @returns negative, zero or positive.
 * @internal
 */
export function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}
