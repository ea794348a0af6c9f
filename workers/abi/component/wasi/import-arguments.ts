import { GuestTrap } from '../../../guest-failure.ts';
import { ownProperty } from '../js-names.ts';

// Admission compares the names of imports, and a component declares their types itself. So a lifted
// argument fits what the component says of the function, which need not be what the function is.

/**
 * An argument that is a string.
 *
 * @throws `GuestTrap` if the component declares it otherwise; so do all functions here.
 * @internal
 */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : mistyped('a string');
}

/**
 * An argument that is a `list<u8>`.
 *
 * @internal
 */
export function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : mistyped('a list<u8>');
}

/**
 * An argument that is an `s64`.
 *
 * @internal
 */
export function signedOf(value: unknown): bigint {
  const isSigned = typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
  return isSigned ? value : mistyped('an s64');
}

/**
 * An argument that is an `u64`, such as any length.
 *
 * @internal
 */
export function unsignedOf(value: unknown): bigint {
  return typeof value === 'bigint' && value >= 0n ? value : mistyped('an u64');
}

/**
 * An argument that is a small integer, such as an `u16`.
 *
 * @internal
 */
export function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) ? value : mistyped('an integer');
}

/**
 * An argument that is a list of something else than numbers.
 *
 * @internal
 */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : mistyped('a list');
}

/**
 * An argument that is a variant.
 *
 * @internal
 */
export function variantOf(value: unknown): { readonly tag: string; readonly val?: unknown } {
  if (typeof value !== 'object' || value === null) return mistyped('a variant');
  const tag = ownProperty(value, 'tag');
  return typeof tag === 'string' ? { tag, val: ownProperty(value, 'val') } : mistyped('a variant');
}

/**
 * An argument that may be absent.
 *
 * @param present - what it is otherwise.
 * @internal
 */
export function optionOf<T>(present: (value: unknown) => T, value: unknown): T | undefined {
  return value === undefined ? undefined : present(value);
}

/**
 * An argument that is a resource: a component may declare two resource types to be one, so the class
 * of the object decides.
 *
 * @internal
 */
export function resourceOf<T>(type: abstract new (...args: never[]) => T, value: unknown): T {
  return value instanceof type ? value : mistyped('that resource');
}

function mistyped(expected: string): never {
  throw new GuestTrap(`the component declares an argument of an import that is not ${expected}`);
}
