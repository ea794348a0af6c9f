import { MAX_FLAT_PARAMS } from '../../../lib/wasm/component-limits.ts';
import { alignTo } from '../../../lib/wasm/component-value-facts.ts';
import type { CanonicalContext } from './canonical-context.ts';
import {
  type Codec,
  type CoreType,
  type CoreValue,
  type HandleKind,
  problemInside,
  problemOf,
  strongerHandles,
  type ValueProblem,
} from './codec.ts';
import type { FlatValues } from './flat-values.ts';
import { objectTemplate, ownProperty } from './js-names.ts';
import { HOST_WORK, type PayloadBudget } from './payload-budget.ts';

/**
 * Flattened types one after the other; undefined once they are more than will ever be flattened.
 *
 * @internal
 */
export function joinFlat(codecs: readonly Codec[]): readonly CoreType[] | undefined {
  const all: CoreType[] = [];
  for (const { flat } of codecs) {
    if (flat === undefined || all.length + flat.length > MAX_FLAT_PARAMS) return undefined;
    all.push(...flat);
  }
  return all;
}

/** Parts one after the other in memory. */
abstract class ProductCodec implements Codec {
  abstract readonly kind: string;
  readonly size: number;
  readonly align: number;
  readonly flat: readonly CoreType[] | undefined;
  readonly depth: number;
  readonly handles: HandleKind;
  readonly hostWork: number;
  protected readonly parts: readonly Codec[];
  protected readonly offsets: readonly number[];

  constructor(parts: readonly Codec[], keys: readonly string[] = []) {
    const offsets: number[] = [];
    let size = 0;
    let align = 1;
    let depth = 0;
    let handles: HandleKind = 'none';
    let hostWork = keys.reduce<number>((sum, key) => sum + key.length, HOST_WORK.container);
    for (const part of parts) {
      size = alignTo(size, part.align);
      offsets.push(size);
      size += part.size;
      align = Math.max(align, part.align);
      depth = Math.max(depth, part.depth);
      handles = strongerHandles(handles, part.handles);
      hostWork += part.hostWork;
    }
    this.parts = parts;
    this.offsets = offsets;
    this.size = alignTo(size, align);
    this.align = align;
    this.flat = joinFlat(parts);
    this.depth = depth + 1;
    this.handles = handles;
    this.hostWork = hostWork;
  }

  abstract check(value: unknown, budget: PayloadBudget): ValueProblem | undefined;
  /** The parts' values in order. */
  protected abstract open(value: unknown): readonly unknown[];
  protected abstract close(values: unknown[]): unknown;

  load(context: CanonicalContext, pointer: number): unknown {
    const values: unknown[] = [];
    const { parts, offsets } = this;
    for (let index = 0; index < parts.length; index++) {
      values.push((parts[index] as Codec).load(context, pointer + (offsets[index] as number)));
    }
    return this.close(values);
  }

  store(context: CanonicalContext, pointer: number, value: unknown): void {
    const values = this.open(value);
    const { parts, offsets } = this;
    for (let index = 0; index < parts.length; index++) {
      const at = pointer + (offsets[index] as number);
      (parts[index] as Codec).store(context, at, values[index]);
    }
  }

  lift(context: CanonicalContext, values: FlatValues): unknown {
    const lifted: unknown[] = [];
    for (const part of this.parts) lifted.push(part.lift(context, values));
    return this.close(lifted);
  }

  lower(context: CanonicalContext, value: unknown, out: CoreValue[]): void {
    const values = this.open(value);
    for (let index = 0; index < this.parts.length; index++) {
      (this.parts[index] as Codec).lower(context, values[index], out);
    }
  }
}

/**
 * The codec of a tuple, which is an array, and of parameters that travel through memory.
 *
 * @internal
 */
export class TupleCodec extends ProductCodec {
  readonly kind = 'tuple';

  override check(value: unknown, budget: PayloadBudget): ValueProblem | undefined {
    if (!Array.isArray(value) || value.length !== this.parts.length) {
      return problemOf(`must be an array of ${this.parts.length}`);
    }
    for (const [index, part] of this.parts.entries()) {
      const problem = part.check(value[index], budget);
      if (problem !== undefined) return problemInside(`[${index}]`, problem);
    }
    return undefined;
  }

  protected override open(value: unknown): readonly unknown[] {
    return value as readonly unknown[];
  }

  protected override close(values: unknown[]): unknown {
    return values;
  }
}

/**
 * The codec of a record, which is an object.
 *
 * @internal
 */
export class RecordCodec extends ProductCodec {
  readonly kind = 'record';
  readonly #keys: readonly string[];
  readonly #template: Readonly<Record<string, unknown>>;

  /**
   * @param keys - property names, in the order of the fields.
   */
  constructor(keys: readonly string[], parts: readonly Codec[]) {
    super(parts, keys);
    this.#keys = keys;
    this.#template = objectTemplate<unknown>(keys, null);
  }

  override check(value: unknown, budget: PayloadBudget): ValueProblem | undefined {
    if (typeof value !== 'object' || value === null) return problemOf('must be an object');
    for (const [index, part] of this.parts.entries()) {
      const key = this.#keys[index] as string;
      const problem = part.check(ownProperty(value, key), budget);
      if (problem !== undefined) return problemInside(`.${key}`, problem);
    }
    return undefined;
  }

  protected override open(value: unknown): readonly unknown[] {
    return this.#keys.map((key) => ownProperty(value as object, key));
  }

  protected override close(values: unknown[]): unknown {
    const record = { ...this.#template };
    // Fields are in kebab case, so that no key can be `__proto__`.
    for (let index = 0; index < values.length; index++) {
      record[this.#keys[index] as string] = values[index];
    }
    return record;
  }
}
