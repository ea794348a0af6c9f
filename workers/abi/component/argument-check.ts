import { BadArguments, PayloadTooLarge } from '../../guest-failure.ts';
import type { Codec } from './codec.ts';
import type { FunctionType } from './function-type.ts';
import { valueBudget } from './payload-budget.ts';

/**
 * Checks one value from outside fully, before the guest is entered.
 *
 * @throws `BadArguments` with a path such as `args[0].name`; `PayloadTooLarge`.
 */
function checkValue(
  codec: Codec,
  value: unknown,
  path: string,
  limitBytes: number,
  handlesUsed: Map<number, 'own' | 'borrow'> = new Map(),
): void {
  const budget = valueBudget(limitBytes, handlesUsed);
  const found = codec.check(value, budget);
  if (budget.isSpent) throw new PayloadTooLarge(path, limitBytes);
  if (found !== undefined) throw new BadArguments(`${path}${found.path}`, found.problem);
}

/**
 * Checks the arguments of a call, each against the limit.
 *
 * @throws `BadArguments`; `PayloadTooLarge`.
 * @internal
 */
export function checkArguments(
  { params }: FunctionType,
  args: readonly unknown[],
  limitBytes: number,
): void {
  if (args.length !== params.length) {
    throw new BadArguments('args', `must be ${params.length} in number, not ${args.length}`);
  }
  const handlesUsed = new Map<number, 'own' | 'borrow'>();
  for (const [index, param] of params.entries()) {
    checkValue(param, args[index], `args[${index}]`, limitBytes, handlesUsed);
  }
}
