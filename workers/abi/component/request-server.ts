import { BadArguments, GuestError, PayloadTooLarge } from '../../guest-failure.ts';
import type { ComponentLife, ComponentParts } from './component-life.ts';
import type { ComponentFunction } from './function-type.ts';
import { HttpExchange } from './wasi/http-incoming-handler.ts';

/** The handler of a life, if it is of the form that the interface demands. */
function handlerOf({ exports }: ComponentLife, exportName: string): ComponentFunction {
  const handler = exports.get(exportName);
  const { params, result } = handler.type;
  const isHandler =
    params.length === 2 &&
    params.every(({ kind, handles }) => kind === 'own' && handles === 'host') &&
    result === undefined;
  if (isHandler) return handler;
  throw new BadArguments('exportName', `${exportName} is no handler of requests`);
}

/** Whether the guest is as well as before: whatever else was thrown has come out of the middle of it. */
function isAnswer(thrown: unknown): boolean {
  return [GuestError, BadArguments, PayloadTooLarge].some((answer) => thrown instanceof answer);
}

/** An instantiation that answers requests. */
interface Serving {
  readonly life: ComponentLife;
  /** Requests that it has answered. */
  answered: number;
  /** Handles after the first answer: what guests keep once, such as standard output. */
  keptHandles: number;
}

/**
 * Answers HTTP requests, each by an instantiation of its own, as `wasmtime serve` does: guests that are made
 * for it answer no second one. An instance may be told that its guest does.
 *
 * @internal
 */
export class RequestServer {
  readonly #host: ComponentParts['host'];
  readonly #newLife: () => ComponentLife;
  #serving: Serving | undefined;
  #failure: { readonly cause: unknown } | undefined;

  constructor(host: ComponentParts['host'], newLife: () => ComponentLife) {
    this.#host = host;
    this.#newLife = newLife;
  }

  /**
   * @param exportName - the handler, as a caller may write it.
   * @throws `BadArguments` or `PayloadTooLarge` for the request; `GuestError` with an error code in place
   *   of a response; what the guest trapped with.
   */
  serve(exportName: string, args: readonly unknown[]): unknown {
    this.assertAlive();
    if (args.length !== 1) {
      throw new BadArguments('args', `must be 1 in number, not ${args.length}`);
    }
    const exchange = new HttpExchange(args[0], this.#host);
    let isOver = true;
    try {
      this.#serving ??= { life: this.#newLife(), answered: 0, keptHandles: 0 };
      const { life } = this.#serving;
      life.call(handlerOf(life, exportName), exchange.args);
      const outcome = exchange.outcome();
      isOver = !this.#mayAnswerAgain(this.#serving);
      return outcome;
    } catch (thrown) {
      if (!isAnswer(thrown)) this.#failure = { cause: thrown };
      throw thrown;
    } finally {
      if (isOver) this.#end();
    }
  }

  /**
   * @throws what a request has trapped with: it ends the whole guest.
   */
  assertAlive(): void {
    if (this.#failure !== undefined) throw this.#failure.cause;
  }

  memoryBytes(): number {
    return this.#serving?.life.memoryBytes() ?? 0;
  }

  /** Whoever keeps more from request to request would run out of it. */
  #mayAnswerAgain(serving: Serving): boolean {
    serving.answered += 1;
    const { heldHandles } = serving.life.tree;
    if (serving.answered === 1) serving.keptHandles = heldHandles;
    return (
      serving.answered < this.#host.limits.requestsPerInstantiation &&
      heldHandles <= serving.keptHandles
    );
  }

  #end(): void {
    const serving = this.#serving;
    if (serving === undefined) return;
    this.#serving = undefined;
    // A guest that has trapped ends with its thread, and nothing of the host is to be called for it.
    if (this.#failure === undefined) serving.life.tree.giveBack();
  }
}
