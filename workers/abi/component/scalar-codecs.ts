import type { PrimitiveType } from '../../../lib/wasm/component-definition.ts';
import { GuestTrap } from '../../guest-failure.ts';
import type { CanonicalContext } from './canonical-context.ts';
import {
  type Codec,
  type CoreType,
  type CoreValue,
  problemOf,
  type ValueProblem,
} from './codec.ts';
import type { FlatValues } from './flat-values.ts';
import { HOST_WORK, type PayloadBudget } from './payload-budget.ts';

/** What tells one scalar type from another; `problem` says what a foreign value should have been. */
interface Scalar<T> {
  readonly size: 1 | 2 | 4 | 8;
  readonly core: CoreType;
  readonly expected: string;
  fits(value: unknown): boolean;
  load(view: DataView, pointer: number): T;
  store(view: DataView, pointer: number, value: T): void;
  lift(values: FlatValues): T;
  lower(value: T): CoreValue;
}

class ScalarCodec<T> implements Codec {
  readonly kind: string;
  readonly size: number;
  readonly align: number;
  readonly flat: readonly CoreType[];
  readonly depth = 1;
  readonly handles = 'none';
  readonly hostWork = HOST_WORK.value;
  readonly #scalar: Scalar<T>;

  constructor(kind: string, scalar: Scalar<T>) {
    this.kind = kind;
    this.size = scalar.size;
    this.align = scalar.size;
    this.flat = [scalar.core];
    this.#scalar = scalar;
  }

  check(value: unknown, budget: PayloadBudget): ValueProblem | undefined {
    budget.takeStructure(this.size);
    return this.#scalar.fits(value) ? undefined : problemOf(`must be ${this.#scalar.expected}`);
  }

  load(context: CanonicalContext, pointer: number): unknown {
    return this.#scalar.load(context.view, pointer);
  }

  store(context: CanonicalContext, pointer: number, value: unknown): void {
    this.#scalar.store(context.view, pointer, value as T);
  }

  lift(_context: CanonicalContext, values: FlatValues): unknown {
    return this.#scalar.lift(values);
  }

  lower(_context: CanonicalContext, value: unknown, out: CoreValue[]): void {
    out.push(this.#scalar.lower(value as T));
  }
}

type SmallAccess = Pick<Scalar<number>, 'load' | 'store'>;

/** An integer that fits i32; core values keep only the bits that the type has. */
function integer(size: 1 | 2 | 4, isSigned: boolean, access: SmallAccess): Scalar<number> {
  const bits = size * 8;
  const least = isSigned ? -(2 ** (bits - 1)) : 0;
  const most = isSigned ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const shift = 32 - bits;
  return {
    size,
    core: 'i32',
    expected: `an integer from ${least} to ${most}`,
    fits: (value) => Number.isInteger(value) && least <= Number(value) && Number(value) <= most,
    ...access,
    lift: isSigned
      ? (values) => (values.number() << shift) >> shift
      : (values) => (values.number() << shift) >>> shift,
    lower: (value) => value | 0,
  };
}

/** A 64-bit integer; a number is taken for a bigint where none of its digits are lost. */
function longInteger(
  isSigned: boolean,
  access: Pick<Scalar<bigint | number>, 'store'> & { load(view: DataView, at: number): bigint },
): Scalar<bigint | number> {
  const cut = (value: bigint): bigint =>
    isSigned ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
  return {
    size: 8,
    core: 'i64',
    expected: `a bigint of 64 bits, ${isSigned ? 'signed' : 'unsigned'}`,
    fits: (value) => {
      if (typeof value === 'bigint') return cut(value) === value;
      return Number.isSafeInteger(value) && (isSigned || Number(value) >= 0);
    },
    ...access,
    lift: (values) => cut(values.bigint()),
    lower: (value) => BigInt.asIntN(64, BigInt(value)),
  };
}

function float(size: 4 | 8, access: SmallAccess): Scalar<number> {
  return {
    size,
    core: size === 4 ? 'f32' : 'f64',
    expected: 'a number',
    fits: (value) => typeof value === 'number',
    ...access,
    lift: (values) => values.number(),
    lower: (value) => value,
  };
}

const bool: Scalar<boolean> = {
  size: 1,
  core: 'i32',
  expected: 'true or false',
  fits: (value) => typeof value === 'boolean',
  load: (view, pointer) => view.getUint8(pointer) !== 0,
  store: (view, pointer, value) => view.setUint8(pointer, value ? 1 : 0),
  lift: (values) => values.number() !== 0,
  lower: (value) => (value ? 1 : 0),
};

function isScalarValue(code: number): boolean {
  return code < 0xd800 || (code > 0xdfff && code <= 0x10ffff);
}

function charOf(code: number): string {
  if (!isScalarValue(code)) throw new GuestTrap(`char ${code} is no Unicode scalar value`);
  return String.fromCodePoint(code);
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

const char: Scalar<string> = {
  size: 4,
  core: 'i32',
  expected: 'a string of one Unicode scalar value',
  fits: (value) => {
    if (typeof value !== 'string' || value.length === 0) return false;
    const code = codeOf(value);
    return isScalarValue(code) && value.length === (code > 0xffff ? 2 : 1);
  },
  load: (view, pointer) => charOf(view.getUint32(pointer, true)),
  store: (view, pointer, value) => view.setUint32(pointer, codeOf(value), true),
  lift: (values) => charOf(values.number() >>> 0),
  lower: codeOf,
};

/**
 * Codecs of the primitive types but `string`. They have no state and serve every component.
 *
 * @internal
 */
export const SCALAR_CODECS: Readonly<Record<Exclude<PrimitiveType, 'string'>, Codec>> = {
  bool: new ScalarCodec('bool', bool),
  s8: new ScalarCodec(
    's8',
    integer(1, true, {
      load: (view, pointer) => view.getInt8(pointer),
      store: (view, pointer, value) => view.setInt8(pointer, value),
    }),
  ),
  u8: new ScalarCodec(
    'u8',
    integer(1, false, {
      load: (view, pointer) => view.getUint8(pointer),
      store: (view, pointer, value) => view.setUint8(pointer, value),
    }),
  ),
  s16: new ScalarCodec(
    's16',
    integer(2, true, {
      load: (view, pointer) => view.getInt16(pointer, true),
      store: (view, pointer, value) => view.setInt16(pointer, value, true),
    }),
  ),
  u16: new ScalarCodec(
    'u16',
    integer(2, false, {
      load: (view, pointer) => view.getUint16(pointer, true),
      store: (view, pointer, value) => view.setUint16(pointer, value, true),
    }),
  ),
  s32: new ScalarCodec(
    's32',
    integer(4, true, {
      load: (view, pointer) => view.getInt32(pointer, true),
      store: (view, pointer, value) => view.setInt32(pointer, value, true),
    }),
  ),
  u32: new ScalarCodec(
    'u32',
    integer(4, false, {
      load: (view, pointer) => view.getUint32(pointer, true),
      store: (view, pointer, value) => view.setUint32(pointer, value, true),
    }),
  ),
  s64: new ScalarCodec(
    's64',
    longInteger(true, {
      load: (view, pointer) => view.getBigInt64(pointer, true),
      store: (view, pointer, value) => view.setBigInt64(pointer, BigInt(value), true),
    }),
  ),
  u64: new ScalarCodec(
    'u64',
    longInteger(false, {
      load: (view, pointer) => view.getBigUint64(pointer, true),
      store: (view, pointer, value) => view.setBigUint64(pointer, BigInt(value), true),
    }),
  ),
  f32: new ScalarCodec(
    'f32',
    float(4, {
      load: (view, pointer) => view.getFloat32(pointer, true),
      store: (view, pointer, value) => view.setFloat32(pointer, value, true),
    }),
  ),
  f64: new ScalarCodec(
    'f64',
    float(8, {
      load: (view, pointer) => view.getFloat64(pointer, true),
      store: (view, pointer, value) => view.setFloat64(pointer, value, true),
    }),
  ),
  char: new ScalarCodec('char', char),
};
