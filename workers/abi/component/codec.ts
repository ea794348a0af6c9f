import type { CanonicalContext } from './canonical-context.ts';
import type { FlatValues } from './flat-values.ts';
import type { PayloadBudget } from './payload-budget.ts';

/**
 * A type of core WebAssembly that a value is flattened to.
 *
 * @internal
 */
export type CoreType = 'i32' | 'i64' | 'f32' | 'f64';

/**
 * A core value on its way to the guest.
 *
 * @internal
 */
export type CoreValue = number | bigint;

/**
 * Where inside a value something is wrong; `path` continues the path of the value itself.
 *
 * @internal
 */
export interface ValueProblem {
  readonly path: string;
  readonly problem: string;
}

/**
 * Whose handles a value may carry; a handle of the host's makes the value one that cannot leave the
 * thread.
 *
 * @internal
 */
export type HandleKind = 'none' | 'guest' | 'host';

/**
 * How values of one type cross a component's border. `store` and `lower` are only given values that
 * `check` has passed or that a codec of the same type has made.
 *
 * @internal
 */
export interface Codec {
  /** The type's kind, `list<u8>` and the other numeric lists included as `list`. */
  readonly kind: string;
  readonly size: number;
  readonly align: number;
  /** Core types; undefined above the number of flat parameters, when it is never needed. */
  readonly flat: readonly CoreType[] | undefined;
  readonly depth: number;
  readonly handles: HandleKind;
  /** What one value costs the host, in units of `HOST_WORK`; not what lists hold and cases carry. */
  readonly hostWork: number;
  /** Looks a foreign value over without calling anything of the guest. */
  check(value: unknown, budget: PayloadBudget): ValueProblem | undefined;
  load(context: CanonicalContext, pointer: number): unknown;
  store(context: CanonicalContext, pointer: number, value: unknown): void;
  lift(context: CanonicalContext, values: FlatValues): unknown;
  lower(context: CanonicalContext, value: unknown, out: CoreValue[]): void;
}

/**
 * A problem with the value itself.
 *
 * @internal
 */
export function problemOf(problem: string): ValueProblem {
  return { path: '', problem };
}

/**
 * A problem one step further inside.
 *
 * @internal
 */
export function problemInside(step: string, inner: ValueProblem): ValueProblem {
  return { path: `${step}${inner.path}`, problem: inner.problem };
}

/**
 * The stronger of two kinds of handles.
 *
 * @internal
 */
export function strongerHandles(one: HandleKind, other: HandleKind): HandleKind {
  if (one === 'host' || other === 'host') return 'host';
  return one === 'guest' || other === 'guest' ? 'guest' : 'none';
}
