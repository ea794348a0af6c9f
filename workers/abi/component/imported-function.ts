import { GuestTrap } from '../../guest-failure.ts';
import type { Codec } from './codec.ts';
import type { ComponentFunction, FunctionType } from './function-type.ts';
import { type HostFunction, type HostImports, HostResultError } from './host-imports.ts';
import { unlimitedBudget } from './payload-budget.ts';

function answerOf(host: HostFunction, type: FunctionType, args: readonly unknown[]): unknown {
  try {
    const answer = host(...args);
    return type.isFallible ? { tag: 'ok', val: answer } : answer;
  } catch (thrown) {
    if (!(thrown instanceof HostResultError)) throw thrown;
    if (type.isFallible) return { tag: 'err', val: thrown.payload };
    throw new GuestTrap('the host has an error for a function that cannot fail', { cause: thrown });
  }
}

function checkAnswer(result: Codec, answer: unknown, name: string): void {
  const problem = result.check(answer, unlimitedBudget());
  if (problem === undefined) return;
  throw new GuestTrap(`the host's answer to ${name}${problem.path} ${problem.problem}`);
}

/**
 * An import of the component that the host serves. It is looked up when it is called first: most
 * requests have an instance of their own and call a few of the many functions that it imports.
 *
 * @internal
 */
export class ImportedFunction implements ComponentFunction {
  readonly type: FunctionType;
  readonly #imports: HostImports;
  readonly #interfaceName: string;
  readonly #functionName: string;
  #host: HostFunction | undefined;

  constructor(
    imports: HostImports,
    interfaceName: string,
    functionName: string,
    type: FunctionType,
  ) {
    this.type = type;
    this.#imports = imports;
    this.#interfaceName = interfaceName;
    this.#functionName = functionName;
  }

  get #name(): string {
    return this.#interfaceName === ''
      ? this.#functionName
      : `${this.#interfaceName}#${this.#functionName}`;
  }

  /**
   * Finds who serves it.
   *
   * @throws `GuestTrap` naming the import when nobody does; admission should have refused it.
   */
  find(): HostFunction {
    this.#host ??= this.#imports(this.#interfaceName, this.#functionName);
    if (this.#host === undefined) throw new GuestTrap(`nothing serves the import ${this.#name}`);
    return this.#host;
  }

  call(args: readonly unknown[]): unknown {
    const { type } = this;
    const answer = answerOf(this.find(), type, args);
    if (type.result !== undefined) checkAnswer(type.result, answer, this.#name);
    return answer;
  }
}
