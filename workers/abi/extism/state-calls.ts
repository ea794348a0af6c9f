import { messageOf } from '../../../lib/core/errors.ts';
import type { WireValue } from '../../../lib/core/provider.ts';
import { CapabilityRefused } from '../../guest-failure.ts';
import type { ExtismCalls } from './extism-calls.ts';
import type { PluginContext } from './plugin-context.ts';

const utf8 = new TextEncoder();
/** The bucket, by the name that the grant maps. */
const BUCKET = 'default';
const NOT_SET = 0n;

/**
 * Configuration, and variables, which are keys of the bucket `default`. What may not be read is not set.
 * Any other failure makes the call fail: the ABI has no answer for it, and a plug-in that took a lost
 * value for a missing one would begin anew and write over it. Therefore nothing is written any more in
 * a call that has failed already.
 *
 * @internal
 */
export const stateCalls: ExtismCalls<'config_get' | 'var_get' | 'var_set'> = {
  config_get(context, name) {
    const key = context.textOf(name);
    const { config } = context.host;
    if (key === undefined || !Object.hasOwn(config, key)) return NOT_SET;
    return context.give(utf8.encode(config[key]));
  },
  var_get(context, name) {
    const key = context.textOf(name);
    if (key === undefined) return NOT_SET;
    const value = called(context, 'var_get', 'get', [BUCKET, key]);
    if (value === undefined || value === null) return NOT_SET;
    if (value instanceof Uint8Array) return context.give(value);
    context.fail('var_get: the provider answered in an unexpected form');
    return NOT_SET;
  },
  var_set(context, name, handle) {
    const key = context.textOf(name);
    const value = context.bytesOf(handle);
    if (key === undefined) return context.fail('var_set: the name is no UTF-8');
    if (context.failure !== undefined) return;
    if (handle === NOT_SET) called(context, 'var_set', 'delete', [BUCKET, key]);
    else called(context, 'var_set', 'set', [BUCKET, key, value.slice()]);
  },
};

function called(
  context: PluginContext,
  name: 'var_get' | 'var_set',
  operation: string,
  args: readonly WireValue[],
): WireValue {
  try {
    return context.host.call('kv', operation, args);
  } catch (error) {
    if (!(error instanceof CapabilityRefused)) throw error;
    const isHidden = name === 'var_get' && error.code === 'PERMISSION_DENIED';
    if (!isHidden) context.fail(`${name}: ${error.code}: ${messageOf(error)}`);
    return undefined;
  }
}
