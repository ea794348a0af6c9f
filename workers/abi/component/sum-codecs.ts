import { type Codec, problemOf, type ValueProblem } from './codec.ts';
import { ownProperty } from './js-names.ts';
import { HOST_WORK } from './payload-budget.ts';
import { SumCodec } from './sum-codec.ts';

/** A name is a string of its own in each message, so that the longest has to be reckoned with. */
function workOfNames(names: readonly string[]): number {
  return names.reduce<number>((most, name) => Math.max(most, name.length), HOST_WORK.value);
}

/** An object of `tag` and `val`. */
function workOfCases(names: readonly string[]): number {
  return HOST_WORK.container + HOST_WORK.value + 'tagval'.length + workOfNames(names);
}

/**
 * The codec of a variant, `{ tag, val }`; also of `result` and of an option of an option, which are
 * variants with fixed names.
 *
 * @internal
 */
export class VariantCodec extends SumCodec {
  readonly kind: 'variant' | 'result' | 'option';
  readonly #names: readonly string[];
  readonly #indices: ReadonlyMap<unknown, number>;

  constructor(
    kind: 'variant' | 'result' | 'option',
    names: readonly string[],
    cases: readonly (Codec | undefined)[],
  ) {
    super(cases, workOfCases(names));
    this.kind = kind;
    this.#names = names;
    this.#indices = new Map(names.map((name, index) => [name, index]));
  }

  protected override caseOf(value: unknown): number | ValueProblem {
    if (typeof value !== 'object' || value === null) {
      return problemOf('must be an object with tag and val');
    }
    const index = this.#indices.get(ownProperty(value, 'tag'));
    return index ?? { path: '.tag', problem: 'is no case of the type' };
  }

  protected override payloadOf(value: unknown): unknown {
    return ownProperty(value as object, 'val');
  }

  protected override payloadPath(): string {
    return '.val';
  }

  protected override wrap(index: number, payload: unknown): unknown {
    const tag = this.#names[index];
    return this.cases[index] === undefined && this.kind !== 'result'
      ? { tag }
      : { tag, val: payload };
  }
}

/**
 * The codec of an enum, which is a string.
 *
 * @internal
 */
export class EnumCodec extends SumCodec {
  readonly kind = 'enum';
  readonly #labels: readonly string[];
  readonly #indices: ReadonlyMap<unknown, number>;

  constructor(labels: readonly string[]) {
    super(
      labels.map(() => undefined),
      workOfNames(labels),
    );
    this.#labels = labels;
    this.#indices = new Map(labels.map((label, index) => [label, index]));
  }

  protected override caseOf(value: unknown): number | ValueProblem {
    return this.#indices.get(value) ?? problemOf('is no label of the enum');
  }

  protected override payloadOf(): undefined {
    return undefined;
  }

  protected override payloadPath(): string {
    return '';
  }

  protected override wrap(index: number): unknown {
    return this.#labels[index];
  }
}

/**
 * The codec of an option, which is the value or `undefined`; `null` is taken for `undefined`.
 */
class OptionCodec extends SumCodec {
  readonly kind = 'option';

  constructor(some: Codec) {
    super([undefined, some], HOST_WORK.value);
  }

  protected override caseOf(value: unknown): number {
    return value === undefined || value === null ? 0 : 1;
  }

  protected override payloadOf(value: unknown): unknown {
    return value;
  }

  protected override payloadPath(): string {
    return '';
  }

  protected override wrap(_index: number, payload: unknown): unknown {
    return payload;
  }
}

/**
 * The codec of an option. Where the value inside may be `undefined` itself it is a variant, or none
 * could not be told from some; as in jco, the option around such a variant is a plain one again.
 *
 * @internal
 */
export function optionCodec(some: Codec): Codec {
  return some instanceof OptionCodec
    ? new VariantCodec('option', ['none', 'some'], [undefined, some])
    : new OptionCodec(some);
}
