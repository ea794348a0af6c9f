import type { CanonicalContext } from './canonical-context.ts';
import type { Codec, CoreValue } from './codec.ts';
import type { ComponentInstance } from './component-instance.ts';
import { FlatValues } from './flat-values.ts';
import type { ComponentFunction } from './function-type.ts';
import type { CoreFunction } from './lift-function.ts';
import { importBudget } from './payload-budget.ts';

function liftArguments(
  { type }: ComponentFunction,
  context: CanonicalContext,
  values: FlatValues,
): unknown[] {
  const { params, spilledParams } = type;
  context.beginLifting('arguments of an import', importBudget(context.instance.tree.payloadBytes));
  if (spilledParams !== undefined) {
    const pointer = values.number() >>> 0;
    context.checkRange(pointer, spilledParams.size, spilledParams.align);
    context.spendStructure(spilledParams.size);
    return spilledParams.load(context, pointer) as unknown[];
  }
  const args: unknown[] = [];
  for (let index = 0; index < params.length; index++) {
    args.push((params[index] as Codec).lift(context, values));
  }
  return args;
}

function callThrough(
  target: ComponentFunction,
  context: CanonicalContext,
  core: readonly unknown[],
): CoreValue | undefined {
  const { instance } = context;
  const { result, isResultSpilled } = target.type;
  const values = new FlatValues(core);
  const args = liftArguments(target, context, values);
  let pointer = 0;
  if (result !== undefined && isResultSpilled) {
    // Checked first, so that no effect is had whose outcome cannot be told.
    pointer = values.number() >>> 0;
    context.checkRange(pointer, result.size, result.align);
  }
  const value = target.call(args);
  context.returnLent();
  if (result === undefined) return undefined;
  instance.mayLeave = false;
  let flat: CoreValue | undefined;
  if (isResultSpilled) result.store(context, pointer, value);
  else {
    const out: CoreValue[] = [];
    result.lower(context, value, out);
    flat = out[0];
  }
  instance.mayLeave = true;
  return flat;
}

/**
 * `canon lower`: a function of values made callable for a core module. Whatever it throws is final:
 * it unwinds the guest, which therefore never runs again.
 *
 * @param newContext - is called with the first call: many functions are imported, and few are called.
 * @internal
 */
export function lowerFunction(
  target: ComponentFunction,
  instance: ComponentInstance,
  newContext: () => CanonicalContext,
): CoreFunction {
  let made: CanonicalContext | undefined;
  return (...core) => {
    try {
      instance.assertMayLeave();
      made ??= newContext();
      const context = made;
      return instance.tree.inHost(() => callThrough(target, context, core));
    } catch (thrown) {
      throw instance.tree.fail(thrown);
    }
  };
}
