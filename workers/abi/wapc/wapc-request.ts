import { wapcOperationProblem } from '../../../lib/wasm/wapc-functions.ts';
import { BadArguments } from '../../guest-failure.ts';
import { pluginInput } from '../extism/plugin-input.ts';
import type { GuestRequest } from './wapc-context.ts';

const utf8 = new TextEncoder();

/**
 * A call as the guest is told of it: an operation, and the bytes or the text that it was given, or
 * nothing.
 *
 * @throws `BadArguments` or `PayloadTooLarge`, before the guest is entered.
 * @internal
 */
export function guestRequest(
  operation: string,
  args: readonly unknown[],
  limitBytes: number,
): GuestRequest {
  const problem = wapcOperationProblem(operation);
  if (problem !== undefined) throw new BadArguments('exportName', problem);
  return { operation: utf8.encode(operation), payload: pluginInput(args, limitBytes) };
}
