import { GuestTrap, PayloadTooLarge } from '../../guest-failure.ts';
import type { CanonicalContext } from './canonical-context.ts';
import type { Codec, CoreValue } from './codec.ts';
import { FlatValues } from './flat-values.ts';
import type { ComponentFunction, FunctionType } from './function-type.ts';
import { resultBudget } from './payload-budget.ts';

/**
 * A function that a core module exports or imports.
 *
 * @internal
 */
export type CoreFunction = (...args: unknown[]) => unknown;

/**
 * `canon lift`: a core function made callable with values. Any failure while the guest runs or its
 * values are read poisons the whole tree of instances; only a result that is too large does not.
 *
 * @internal
 */
export class LiftedFunction implements ComponentFunction {
  readonly type: FunctionType;
  readonly #core: CoreFunction;
  readonly #context: CanonicalContext;
  readonly #postReturn: CoreFunction | undefined;

  constructor(
    type: FunctionType,
    core: CoreFunction,
    context: CanonicalContext,
    postReturn: CoreFunction | undefined,
  ) {
    this.type = type;
    this.#core = core;
    this.#context = context;
    this.#postReturn = postReturn;
  }

  /**
   * @throws what the guest trapped with, or `GuestTrap` when it cannot be entered.
   */
  call(args: readonly unknown[]): unknown {
    const { instance } = this.#context;
    instance.tree.assertAlive();
    if (instance.isEntered) {
      throw instance.tree.fail(new GuestTrap('a component instance was entered again'));
    }
    instance.isEntered = true;
    let outcome: Outcome;
    try {
      outcome = this.#enter(args);
    } catch (thrown) {
      throw instance.tree.fail(thrown);
    } finally {
      instance.isEntered = false;
    }
    if (outcome.tooLarge !== undefined) throw outcome.tooLarge;
    return outcome.value;
  }

  #enter(args: readonly unknown[]): Outcome {
    const context = this.#context;
    const { instance } = context;
    context.borrowCount = 0;
    const flat = instance.withoutLeaving(() => this.#lower(args));
    const raw = instance.tree.inGuest(() => this.#core(...flat));
    const outcome = this.#lift(raw);
    const postReturn = this.#postReturn;
    if (postReturn !== undefined) {
      instance.withoutLeaving(() =>
        this.type.result === undefined ? postReturn() : postReturn(raw),
      );
    }
    if (context.borrowCount !== 0) throw new GuestTrap('borrowed handles were not dropped');
    return outcome;
  }

  #lower(args: readonly unknown[]): CoreValue[] {
    const { params, spilledParams } = this.type;
    const context = this.#context;
    const flat: CoreValue[] = [];
    if (spilledParams !== undefined) {
      const pointer = context.allocate(spilledParams.size, spilledParams.align);
      spilledParams.store(context, pointer, args);
      flat.push(pointer | 0);
    } else {
      for (let index = 0; index < params.length; index++) {
        (params[index] as Codec).lower(context, args[index], flat);
      }
    }
    return flat;
  }

  #lift(raw: unknown): Outcome {
    const { result, isResultSpilled } = this.type;
    const context = this.#context;
    if (result === undefined) return { value: undefined };
    const values = new FlatValues([raw]);
    context.beginLifting('result', resultBudget(context.instance.tree.payloadBytes));
    try {
      context.spendHostWork(result.hostWork);
      if (!isResultSpilled) return { value: result.lift(context, values) };
      const pointer = values.number() >>> 0;
      context.checkRange(pointer, result.size, result.align);
      context.spendStructure(result.size);
      return { value: result.load(context, pointer) };
    } catch (thrown) {
      if (thrown instanceof PayloadTooLarge) return { value: undefined, tooLarge: thrown };
      throw thrown;
    }
  }
}

/** What a call came to: too large a result is known before the guest has tidied up after it. */
interface Outcome {
  readonly value: unknown;
  readonly tooLarge?: PayloadTooLarge;
}
