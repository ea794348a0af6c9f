import { messageOf } from '../../../lib/core/errors.ts';
import type { WireValue } from '../../../lib/core/provider.ts';
import { CapabilityRefused } from '../../guest-failure.ts';
import type { PluginContext } from './plugin-context.ts';

const utf8 = new TextEncoder();
const NOTHING = 0n;

/**
 * A host function: an operation of some provider, which an assignment maps it to. A handle of a block is
 * given as the block's bytes, any other number as it is; bytes and texts come back as a new block. As
 * with variables, a call that is refused or fails makes the plug-in's own call fail once that is over,
 * and no other one is made meanwhile.
 *
 * @returns the handle of the answer, or 0.
 * @internal
 */
export function hostFunctionCall(
  context: PluginContext,
  name: string,
  params: readonly bigint[],
): bigint {
  if (context.failure !== undefined) return NOTHING;
  const args = given(context, params);
  if (args === undefined) {
    const { payloadBytes } = context.host.limits;
    return failed(
      context,
      name,
      `RESOURCE_EXHAUSTED: the call is larger than ${payloadBytes} bytes`,
    );
  }
  try {
    return taken(context, name, context.host.callHostFunction(name, args));
  } catch (error) {
    if (!(error instanceof CapabilityRefused)) throw error;
    return failed(context, name, `${error.code}: ${messageOf(error)}`);
  }
}

/** Copies, unless they are too large together. */
function given(
  { heap, host }: PluginContext,
  params: readonly bigint[],
): readonly WireValue[] | undefined {
  const blocks = params.map((param) => heap.block(Number(param)));
  const bytes = blocks.reduce((sum, block) => sum + (block?.length ?? 0), 0);
  if (bytes > host.limits.payloadBytes) return undefined;
  return params.map((param, index) => blocks[index]?.slice() ?? param);
}

function taken(context: PluginContext, name: string, answer: WireValue): bigint {
  if (answer === undefined || answer === null) return NOTHING;
  const bytes = typeof answer === 'string' ? utf8.encode(answer) : answer;
  if (!(bytes instanceof Uint8Array)) {
    return failed(context, name, 'the provider answered in an unexpected form');
  }
  const { payloadBytes } = context.host.limits;
  if (bytes.length > payloadBytes) {
    return failed(
      context,
      name,
      `RESOURCE_EXHAUSTED: the answer is larger than ${payloadBytes} bytes`,
    );
  }
  return context.give(bytes);
}

function failed(context: PluginContext, name: string, reason: string): bigint {
  context.fail(`${name}: ${reason}`);
  return NOTHING;
}
