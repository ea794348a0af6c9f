import { flagsSize } from '../../../lib/wasm/component-value-facts.ts';
import { camelCase } from '../../../lib/wasm/js-label.ts';
import type { CanonicalContext } from './canonical-context.ts';
import {
  type Codec,
  type CoreType,
  type CoreValue,
  problemInside,
  problemOf,
  type ValueProblem,
} from './codec.ts';
import type { FlatValues } from './flat-values.ts';
import { objectTemplate, ownProperty } from './js-names.ts';
import { HOST_WORK, type PayloadBudget } from './payload-budget.ts';

/**
 * The codec of flags, an object of booleans; a missing one is false.
 *
 * @internal
 */
export class FlagsCodec implements Codec {
  readonly kind = 'flags';
  readonly size: 1 | 2 | 4;
  readonly align: number;
  readonly flat: readonly CoreType[] = ['i32'];
  readonly depth = 1;
  readonly handles = 'none';
  readonly hostWork: number;
  readonly #keys: readonly string[];
  readonly #template: Readonly<Record<string, boolean>>;

  constructor(labels: readonly string[]) {
    this.#keys = labels.map(camelCase);
    this.#template = objectTemplate(this.#keys, false);
    this.hostWork =
      HOST_WORK.container + this.#keys.reduce((sum, key) => sum + HOST_WORK.value + key.length, 0);
    this.size = flagsSize(labels.length);
    this.align = this.size;
  }

  check(value: unknown, budget: PayloadBudget): ValueProblem | undefined {
    budget.takeStructure(this.size);
    if (typeof value !== 'object' || value === null) return problemOf('must be an object');
    if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      return problemOf('must be an object of booleans');
    }
    for (const [key, flag] of Object.entries(value)) {
      // A flag that is misspelt would be one that is not set, and nobody would notice.
      const path = `.${key.slice(0, 100)}`;
      if (!Object.hasOwn(this.#template, key)) {
        return problemInside(path, problemOf('is no flag of this type'));
      }
      if (flag !== undefined && typeof flag !== 'boolean') {
        return problemInside(path, problemOf('must be true or false'));
      }
    }
    return undefined;
  }

  #unpack(bits: number): Record<string, boolean> {
    const flags = { ...this.#template };
    for (let index = 0; index < this.#keys.length; index++) {
      if (((bits >>> index) & 1) === 1) flags[this.#keys[index] as string] = true;
    }
    return flags;
  }

  #pack(value: unknown): number {
    let bits = 0;
    for (const [index, key] of this.#keys.entries()) {
      if (ownProperty(value as object, key) === true) bits |= 1 << index;
    }
    return bits;
  }

  load(context: CanonicalContext, pointer: number): unknown {
    // Four bytes of flags become an object of up to 32 properties.
    context.spendStructure(this.#keys.length);
    const { view } = context;
    if (this.size === 1) return this.#unpack(view.getUint8(pointer));
    if (this.size === 2) return this.#unpack(view.getUint16(pointer, true));
    return this.#unpack(view.getUint32(pointer, true));
  }

  store({ view }: CanonicalContext, pointer: number, value: unknown): void {
    const bits = this.#pack(value);
    if (this.size === 1) view.setUint8(pointer, bits);
    else if (this.size === 2) view.setUint16(pointer, bits, true);
    else view.setUint32(pointer, bits >>> 0, true);
  }

  lift(_context: CanonicalContext, values: FlatValues): unknown {
    return this.#unpack(values.number());
  }

  lower(_context: CanonicalContext, value: unknown, out: CoreValue[]): void {
    out.push(this.#pack(value));
  }
}
