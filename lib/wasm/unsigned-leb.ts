/**
 * A whole number from 0 to 2^53 - 1 as an unsigned LEB128, as short as possible.
 *
 * @internal
 */
export function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}
