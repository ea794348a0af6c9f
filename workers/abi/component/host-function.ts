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
 * An import of the component that the host serves.
 *
 * @throws `GuestTrap` naming the import when nobody does; admission should have refused it.
 * @internal
 */
export function hostFunction(
  imports: HostImports,
  interfaceName: string,
  functionName: string,
  type: FunctionType,
): ComponentFunction {
  const host = imports(interfaceName, functionName);
  const name = interfaceName === '' ? functionName : `${interfaceName}#${functionName}`;
  if (host === undefined) throw new GuestTrap(`nothing serves the import ${name}`);
  return {
    type,
    call(args) {
      const answer = answerOf(host, type, args);
      if (type.result !== undefined) checkAnswer(type.result, answer, name);
      return answer;
    },
  };
}
