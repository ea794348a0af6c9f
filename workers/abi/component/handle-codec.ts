import { GuestTrap } from '../../guest-failure.ts';
import type { CanonicalContext } from './canonical-context.ts';
import {
  type Codec,
  type CoreType,
  type CoreValue,
  type HandleKind,
  problemOf,
  type ValueProblem,
} from './codec.ts';
import type { FlatValues } from './flat-values.ts';
import { HostResource } from './host-imports.ts';
import { HOST_WORK, type PayloadBudget } from './payload-budget.ts';
import { GuestResource, type ResourceType } from './resource-type.ts';

/**
 * The codec of `own<T>` and `borrow<T>`. Between instances a resource of the host is its object and
 * one of a guest a `GuestResource`; callers outside hold numbers.
 *
 * @internal
 */
export class HandleCodec implements Codec {
  readonly kind: 'own' | 'borrow';
  readonly size = 4;
  readonly align = 4;
  readonly flat: readonly CoreType[] = ['i32'];
  readonly depth = 1;
  readonly handles: HandleKind;
  readonly hostWork = HOST_WORK.value;
  readonly #type: ResourceType;

  constructor(kind: 'own' | 'borrow', type: ResourceType) {
    this.kind = kind;
    this.handles = type.owner === undefined ? 'host' : 'guest';
    this.#type = type;
  }

  check(value: unknown, budget: PayloadBudget): ValueProblem | undefined {
    budget.takeStructure(this.size);
    const { owner, name } = this.#type;
    if (owner === undefined) {
      return value instanceof HostResource ? undefined : problemOf(`must be a ${name} of the host`);
    }
    if (value instanceof GuestResource && value.type === this.#type) return undefined;
    if (typeof value === 'number' && owner.tree.outside.has(this.#type, value)) {
      const used = budget.handlesUsed?.get(value);
      budget.handlesUsed?.set(value, this.kind);
      const isFree = used === undefined || (used === 'borrow' && this.kind === 'borrow');
      return isFree ? undefined : problemOf('is given away by the same call');
    }
    return problemOf(`must be a handle of a ${name}`);
  }

  #lift(context: CanonicalContext, handle: number): unknown {
    const { handles } = context.instance;
    let entry = handles.get(this.#type, handle);
    if (this.kind === 'own') entry = handles.take(this.#type, handle);
    else context.lend(entry);
    const { representation } = entry;
    if (this.#type.owner === undefined) return representation;
    return new GuestResource(this.#type, Number(representation));
  }

  #representation(value: unknown): unknown {
    const { owner } = this.#type;
    if (owner === undefined) return value;
    if (value instanceof GuestResource) return value.representation;
    if (typeof value !== 'number') throw new GuestTrap(`no handle of a ${this.#type.name}`);
    return owner.tree.outside.representation(this.#type, value, this.kind === 'own');
  }

  #lower(context: CanonicalContext, value: unknown): number {
    const representation = this.#representation(value);
    const { instance } = context;
    if (this.kind === 'own') return instance.handles.add(this.#type, representation);
    // The instance that defines a resource sees through a borrowed handle at once.
    if (this.#type.owner === instance) return Number(representation);
    return instance.handles.add(this.#type, representation, context);
  }

  load(context: CanonicalContext, pointer: number): unknown {
    return this.#lift(context, context.view.getUint32(pointer, true));
  }

  store(context: CanonicalContext, pointer: number, value: unknown): void {
    context.view.setUint32(pointer, this.#lower(context, value), true);
  }

  lift(context: CanonicalContext, values: FlatValues): unknown {
    return this.#lift(context, values.number() >>> 0);
  }

  lower(context: CanonicalContext, value: unknown, out: CoreValue[]): void {
    out.push(this.#lower(context, value));
  }
}
