import { fail } from './errno.ts';

/**
 * A position in a file, from 64 bits that may be meant as signed.
 *
 * @throws `WasiFailure` inval for a negative one, fbig for one beyond what a number can count.
 * @internal
 */
export function fileOffset(bits: bigint): number {
  if (isNegative(bits)) fail('inval');
  if (bits > BigInt(Number.MAX_SAFE_INTEGER)) fail('fbig');
  return Number(bits);
}

/**
 * Whether 64 bits, or a signed sum of such, read as signed, are below zero.
 *
 * @internal
 */
export function isNegative(bits: bigint): boolean {
  return bits < 0n || bits >= 2n ** 63n;
}
