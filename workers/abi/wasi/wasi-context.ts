import type { PREVIEW1_PARAMS, Preview1Name } from '../../../lib/wasm/preview1-functions.ts';
import type { GuestHost } from '../../guest.ts';
import type { DescriptorTable } from './descriptors.ts';
import type { FileSystem } from './file-system.ts';
import type { GuestMemory } from './guest-memory.ts';
import type { StandardInput } from './standard-input.ts';

/**
 * Everything that one guest's calls share, and no other guest's.
 *
 * @internal
 */
export interface WasiContext {
  readonly host: GuestHost;
  readonly memory: GuestMemory;
  readonly files: FileSystem;
  readonly descriptors: DescriptorTable;
  readonly stdin: StandardInput;
  /** Each with its terminating zero. */
  readonly args: readonly Uint8Array[];
  /** Each as `NAME=value` with its terminating zero. */
  readonly environ: readonly Uint8Array[];
}

type NativeOf<Params extends readonly string[]> = {
  [Index in keyof Params]: Params[Index] extends 'i64' ? bigint : number;
};

/**
 * The implementations of some of the 46 functions. Integers arrive unsigned. Returning means success;
 * a `WasiFailure` becomes its error number.
 *
 * @internal
 */
export type Preview1Calls<Names extends Preview1Name = Preview1Name> = {
  readonly [Name in Names]: (
    context: WasiContext,
    ...args: NativeOf<(typeof PREVIEW1_PARAMS)[Name]>
  ) => void;
};
