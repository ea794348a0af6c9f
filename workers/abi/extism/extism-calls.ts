import type { EXTISM_SIGNATURES, ExtismName } from '../../../lib/wasm/extism-functions.ts';
import type { PluginContext } from './plugin-context.ts';

type NativeOf<Types extends readonly string[]> = {
  [Index in keyof Types]: Types[Index] extends 'i64' ? bigint : number;
};

type ResultOf<Types extends readonly string[]> = Types extends readonly []
  ? void
  : NativeOf<Types>[number];

/**
 * The implementations of some of the kernel's functions. Integers arrive as the engine gives them, hence
 * signed.
 *
 * @internal
 */
export type ExtismCalls<Names extends ExtismName = ExtismName> = {
  readonly [Name in Names]: (
    context: PluginContext,
    ...args: NativeOf<(typeof EXTISM_SIGNATURES)[Name]['params']>
  ) => ResultOf<(typeof EXTISM_SIGNATURES)[Name]['results']>;
};
