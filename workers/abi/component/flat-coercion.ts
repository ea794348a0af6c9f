import { GuestTrap } from '../../guest-failure.ts';
import type { CoreType, CoreValue } from './codec.ts';

// One value at a time passes through, on one thread.
const scratch = new DataView(new ArrayBuffer(8));

function bitsOfFloat(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getInt32(0);
}

function floatOfBits(bits: number): number {
  scratch.setInt32(0, bits);
  return scratch.getFloat32(0);
}

/**
 * The core type that can carry either of two, as cases of a variant share their flat values.
 *
 * @internal
 */
export function joinTypes(one: CoreType, other: CoreType): CoreType {
  if (one === other) return one;
  const isNarrow = (type: CoreType): boolean => type === 'i32' || type === 'f32';
  return isNarrow(one) && isNarrow(other) ? 'i32' : 'i64';
}

/**
 * Packs a case's own core value into the joined type.
 *
 * @internal
 */
export function toJoined(value: CoreValue, own: CoreType, joined: CoreType): CoreValue {
  if (own === joined) return value;
  if (own === 'f64') {
    scratch.setFloat64(0, Number(value));
    return scratch.getBigInt64(0);
  }
  const bits = own === 'f32' ? bitsOfFloat(Number(value)) : Number(value);
  return joined === 'i32' ? bits : BigInt(bits >>> 0);
}

/**
 * Unpacks a case's own core value from the joined type.
 *
 * @throws `GuestTrap` when the guest passed another type than it should.
 * @internal
 */
export function fromJoined(value: unknown, own: CoreType, joined: CoreType): unknown {
  if (own === joined) return value;
  if (joined === 'i32') {
    if (typeof value !== 'number') throw new GuestTrap('a core function has the wrong signature');
    return floatOfBits(value);
  }
  if (typeof value !== 'bigint') throw new GuestTrap('a core function has the wrong signature');
  if (own === 'f64') {
    scratch.setBigInt64(0, value);
    return scratch.getFloat64(0);
  }
  const bits = Number(BigInt.asIntN(32, value));
  return own === 'f32' ? floatOfBits(bits) : bits;
}
