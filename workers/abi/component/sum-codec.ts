import { MAX_FLAT_PARAMS } from '../../../lib/wasm/component-limits.ts';
import { alignTo, discriminantSize } from '../../../lib/wasm/component-value-facts.ts';
import { GuestTrap } from '../../guest-failure.ts';
import type { CanonicalContext } from './canonical-context.ts';
import {
  type Codec,
  type CoreType,
  type CoreValue,
  type HandleKind,
  strongerHandles,
  type ValueProblem,
} from './codec.ts';
import { fromJoined, joinTypes, toJoined } from './flat-coercion.ts';
import { FlatValues } from './flat-values.ts';
import type { PayloadBudget } from './payload-budget.ts';

/** The flat values of all cases laid over each other. */
function overlay(cases: readonly (Codec | undefined)[]): readonly CoreType[] | undefined {
  const joined: CoreType[] = [];
  for (const payload of cases) {
    if (payload === undefined) continue;
    if (payload.flat === undefined) return undefined;
    for (const [index, type] of payload.flat.entries()) {
      const before = joined[index];
      joined[index] = before === undefined ? type : joinTypes(before, type);
    }
  }
  return joined.length < MAX_FLAT_PARAMS ? joined : undefined;
}

/**
 * One case of several, told apart by a discriminant: the common part of variant, enum, option and
 * result. How a case looks in JavaScript is the subclass's business.
 *
 * @internal
 */
export abstract class SumCodec implements Codec {
  abstract readonly kind: string;
  readonly size: number;
  readonly align: number;
  readonly flat: readonly CoreType[] | undefined;
  readonly depth: number;
  readonly handles: HandleKind;
  readonly hostWork: number;
  protected readonly cases: readonly (Codec | undefined)[];
  readonly #tagSize: 1 | 2 | 4;
  readonly #payloadOffset: number;
  readonly #joined: readonly CoreType[];
  /** Cases whose flat values need no packing into the joined types. */
  readonly #isDirect: readonly boolean[];

  /** @param hostWork - of a value, without the payload of its case. */
  constructor(cases: readonly (Codec | undefined)[], hostWork: number) {
    let size = 0;
    let align = 1;
    let depth = 0;
    let handles: HandleKind = 'none';
    for (const payload of cases) {
      if (payload === undefined) continue;
      size = Math.max(size, payload.size);
      align = Math.max(align, payload.align);
      depth = Math.max(depth, payload.depth);
      handles = strongerHandles(handles, payload.handles);
    }
    const joined = overlay(cases);
    this.cases = cases;
    this.#tagSize = discriminantSize(cases.length);
    this.#payloadOffset = alignTo(this.#tagSize, align);
    this.align = Math.max(align, this.#tagSize);
    this.size = alignTo(this.#payloadOffset + size, this.align);
    this.flat = joined === undefined ? undefined : ['i32', ...joined];
    this.depth = depth + 1;
    this.handles = handles;
    this.hostWork = hostWork;
    this.#joined = joined ?? [];
    this.#isDirect = cases.map(
      (payload) => payload?.flat?.every((type, index) => type === joined?.[index]) ?? true,
    );
  }

  /** The case of a value, or what is wrong with it. */
  protected abstract caseOf(value: unknown): number | ValueProblem;
  protected abstract payloadOf(value: unknown, index: number): unknown;
  protected abstract wrap(index: number, payload: unknown): unknown;
  /** Where the payload is, seen from the value. */
  protected abstract payloadPath(): string;

  check(value: unknown, budget: PayloadBudget): ValueProblem | undefined {
    budget.takeStructure(this.size);
    const index = this.caseOf(value);
    if (typeof index !== 'number') return index;
    const payload = this.cases[index];
    const problem = payload?.check(this.payloadOf(value, index), budget);
    if (problem === undefined) return undefined;
    return { path: this.payloadPath() + problem.path, problem: problem.problem };
  }

  #knownCase(value: unknown): number {
    const index = this.caseOf(value);
    if (typeof index !== 'number') throw new GuestTrap(`the ${this.kind} ${index.problem}`);
    return index;
  }

  #checkedTag(tag: number): number {
    if (tag >= this.cases.length) throw new GuestTrap(`the ${this.kind} has no case ${tag}`);
    return tag;
  }

  load(context: CanonicalContext, pointer: number): unknown {
    const { view } = context;
    const index = this.#checkedTag(
      this.#tagSize === 1
        ? view.getUint8(pointer)
        : this.#tagSize === 2
          ? view.getUint16(pointer, true)
          : view.getUint32(pointer, true),
    );
    const payload = this.cases[index];
    if (payload !== undefined) context.spendHostWork(payload.hostWork);
    return this.wrap(index, payload?.load(context, pointer + this.#payloadOffset));
  }

  store(context: CanonicalContext, pointer: number, value: unknown): void {
    const index = this.#knownCase(value);
    const { view } = context;
    if (this.#tagSize === 1) view.setUint8(pointer, index);
    else if (this.#tagSize === 2) view.setUint16(pointer, index, true);
    else view.setUint32(pointer, index, true);
    const payload = this.cases[index];
    payload?.store(context, pointer + this.#payloadOffset, this.payloadOf(value, index));
  }

  lift(context: CanonicalContext, values: FlatValues): unknown {
    const index = this.#checkedTag(values.number() >>> 0);
    const payload = this.cases[index];
    const joined = this.#joined;
    if (payload?.flat === undefined) {
      values.skip(joined.length);
      return this.wrap(index, undefined);
    }
    context.spendHostWork(payload.hostWork);
    const own = payload.flat;
    if (this.#isDirect[index] === true) {
      const lifted = payload.lift(context, values);
      values.skip(joined.length - own.length);
      return this.wrap(index, lifted);
    }
    const packed = values.take(joined.length);
    const unpacked = own.map((type, at) => fromJoined(packed[at], type, joined[at] as CoreType));
    return this.wrap(index, payload.lift(context, new FlatValues(unpacked)));
  }

  lower(context: CanonicalContext, value: unknown, out: CoreValue[]): void {
    const index = this.#knownCase(value);
    const payload = this.cases[index];
    const joined = this.#joined;
    out.push(index);
    const from = out.length;
    payload?.lower(context, this.payloadOf(value, index), out);
    const own = payload?.flat ?? [];
    if (this.#isDirect[index] !== true) {
      for (const [at, type] of own.entries()) {
        out[from + at] = toJoined(out[from + at] as CoreValue, type, joined[at] as CoreType);
      }
    }
    for (let at = own.length; at < joined.length; at++) out.push(joined[at] === 'i64' ? 0n : 0);
  }
}
