import type { CanonicalContext } from './canonical-context.ts';
import {
  type Codec,
  type CoreType,
  type CoreValue,
  type HandleKind,
  problemInside,
  problemOf,
  type ValueProblem,
} from './codec.ts';
import type { FlatValues } from './flat-values.ts';
import { HOST_WORK, type PayloadBudget } from './payload-budget.ts';
import { loadString, storeString } from './string-transcoding.ts';

const POINTER_FLAT: readonly CoreType[] = ['i32', 'i32'];

/** What is passed as a pointer and a length. */
abstract class PointerCodec implements Codec {
  abstract readonly kind: string;
  readonly size = 8;
  readonly align = 4;
  readonly flat: readonly CoreType[] = POINTER_FLAT;
  abstract readonly depth: number;
  abstract readonly handles: HandleKind;
  abstract readonly hostWork: number;
  abstract check(value: unknown, budget: PayloadBudget): ValueProblem | undefined;
  protected abstract read(context: CanonicalContext, pointer: number, length: number): unknown;
  protected abstract write(
    context: CanonicalContext,
    value: unknown,
  ): readonly [pointer: number, length: number];

  load(context: CanonicalContext, pointer: number): unknown {
    const { view } = context;
    return this.read(context, view.getUint32(pointer, true), view.getUint32(pointer + 4, true));
  }

  store(context: CanonicalContext, pointer: number, value: unknown): void {
    const [at, length] = this.write(context, value);
    const { view } = context;
    view.setUint32(pointer, at, true);
    view.setUint32(pointer + 4, length, true);
  }

  lift(context: CanonicalContext, values: FlatValues): unknown {
    const pointer = values.number() >>> 0;
    return this.read(context, pointer, values.number() >>> 0);
  }

  lower(context: CanonicalContext, value: unknown, out: CoreValue[]): void {
    const [pointer, length] = this.write(context, value);
    out.push(pointer | 0, length | 0);
  }
}

class StringCodec extends PointerCodec {
  readonly kind = 'string';
  readonly depth = 1;
  readonly handles = 'none';
  readonly hostWork = HOST_WORK.value;

  override check(value: unknown, budget: PayloadBudget): ValueProblem | undefined {
    if (typeof value !== 'string') return problemOf('must be a string');
    budget.takeStructure(this.size);
    budget.takeContent(Buffer.byteLength(value));
    return undefined;
  }

  protected override read(context: CanonicalContext, pointer: number, length: number): string {
    return loadString(context, pointer, length);
  }

  protected override write(
    context: CanonicalContext,
    value: unknown,
  ): readonly [pointer: number, length: number] {
    return storeString(context, value as string);
  }
}

/**
 * The codec of `string`.
 *
 * @internal
 */
export const STRING_CODEC: Codec = new StringCodec();

/** The elements one by one: whatever has no typed array. */
class ListCodec extends PointerCodec {
  readonly kind = 'list';
  readonly depth: number;
  readonly handles: HandleKind;
  readonly hostWork = HOST_WORK.container;
  readonly #element: Codec;

  constructor(element: Codec) {
    super();
    this.#element = element;
    this.depth = element.depth + 1;
    this.handles = element.handles;
  }

  override check(value: unknown, budget: PayloadBudget): ValueProblem | undefined {
    if (!Array.isArray(value)) return problemOf('must be an array');
    budget.takeStructure(this.size);
    return checkElements(value, this.#element, budget);
  }

  protected override read(context: CanonicalContext, pointer: number, length: number): unknown {
    const element = this.#element;
    const { size } = element;
    context.checkRange(pointer, length * size, element.align);
    context.spendStructure(length * size);
    context.spendHostWork(length * element.hostWork);
    const items: unknown[] = [];
    for (let index = 0; index < length; index++) {
      items.push(element.load(context, pointer + index * size));
    }
    return items;
  }

  protected override write(
    context: CanonicalContext,
    value: unknown,
  ): readonly [pointer: number, length: number] {
    const items = value as readonly unknown[];
    return [writeElements(context, items, this.#element), items.length];
  }
}

function checkElements(
  items: ArrayLike<unknown>,
  element: Codec,
  budget: PayloadBudget,
): ValueProblem | undefined {
  // The caller's array may claim any length; none of it is looked at beyond the budget.
  for (let index = 0; index < items.length && !budget.isSpent; index++) {
    const problem = element.check(items[index], budget);
    if (problem !== undefined) return problemInside(`[${index}]`, problem);
  }
  return undefined;
}

function writeElements(
  context: CanonicalContext,
  items: ArrayLike<unknown>,
  element: Codec,
): number {
  const pointer = context.allocate(items.length * element.size, element.align);
  for (let index = 0; index < items.length; index++) {
    element.store(context, pointer + index * element.size, items[index]);
  }
  return pointer;
}

type NumericArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

type NumericArrayClass = new (
  buffer: ArrayBuffer,
  offset?: number,
  length?: number,
) => NumericArray;

const NUMERIC_ARRAYS = new Map<string, NumericArrayClass>([
  ['u8', Uint8Array],
  ['s8', Int8Array],
  ['u16', Uint16Array],
  ['s16', Int16Array],
  ['u32', Uint32Array],
  ['s32', Int32Array],
  ['u64', BigUint64Array],
  ['s64', BigInt64Array],
  ['f32', Float32Array],
  ['f64', Float64Array],
]);

/** Numbers, given as a typed array and taken as one or as an array. */
class NumericListCodec extends PointerCodec {
  readonly kind = 'list';
  readonly depth = 2;
  readonly handles = 'none';
  readonly hostWork = HOST_WORK.typedArray;
  readonly #element: Codec;
  readonly #arrayClass: NumericArrayClass;

  constructor(element: Codec, arrayClass: NumericArrayClass) {
    super();
    this.#element = element;
    this.#arrayClass = arrayClass;
  }

  override check(value: unknown, budget: PayloadBudget): ValueProblem | undefined {
    budget.takeStructure(this.size);
    if (value instanceof this.#arrayClass) {
      budget.takeContent(value.byteLength);
      return undefined;
    }
    if (Array.isArray(value)) {
      budget.takeContent(value.length * this.#element.size);
      return checkElements(value, this.#element, budget);
    }
    return problemOf(`must be a ${this.#arrayClass.name} or an array`);
  }

  protected override read(context: CanonicalContext, pointer: number, length: number): unknown {
    const byteLength = length * this.#element.size;
    context.checkRange(pointer, byteLength, this.#element.align);
    context.spendContent(byteLength);
    const copy = context.bytes.slice(pointer, pointer + byteLength);
    return this.#element.kind === 'u8' ? copy : new this.#arrayClass(copy.buffer);
  }

  protected override write(
    context: CanonicalContext,
    value: unknown,
  ): readonly [pointer: number, length: number] {
    if (Array.isArray(value)) {
      return [writeElements(context, value, this.#element), value.length];
    }
    const { buffer, byteOffset, byteLength, length } = value as NumericArray;
    const pointer = context.allocate(byteLength, this.#element.align);
    context.bytes.set(new Uint8Array(buffer, byteOffset, byteLength), pointer);
    return [pointer, length];
  }
}

/**
 * The codec of a list.
 *
 * @internal
 */
export function listCodec(element: Codec): Codec {
  const arrayClass = NUMERIC_ARRAYS.get(element.kind);
  return arrayClass === undefined
    ? new ListCodec(element)
    : new NumericListCodec(element, arrayClass);
}
