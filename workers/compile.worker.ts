import {
  type ErrorResponse,
  isWasmatrixError,
  messageOf,
  WasmatrixError,
} from '../lib/core/errors.ts';
import type { InstanceSpec } from '../lib/core/instance-spec.ts';
import { LARGEST_LIMITS } from '../lib/core/limits.ts';
import type { GuestCode } from '../lib/protocol/instance-messages.ts';
import { countTypes } from '../lib/protocol/type-account.ts';
import { admitModule } from '../lib/wasm/admit-module.ts';
import type { AdmittedModule } from '../lib/wasm/admitted-module.ts';
import { describeModule, type ModuleDescription } from '../lib/wasm/describe-module.ts';
import { ALL_RISKS, NO_RISKS } from '../lib/wasm/risky-features.ts';

/** What the engine keeps for each function, compiled or not (measured on Node 26). */
const FUNCTION_BYTES = 100;

/** What the pool is asked to admit. */
export interface AdmissionTask {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly abi: NonNullable<InstanceSpec['abi']>;
  readonly isolation: NonNullable<InstanceSpec['isolation']>;
  readonly memoryBytes: number;
  readonly tableEntries: number;
  readonly isMetered: boolean;
  /** Whether the bytes that were admitted are wanted beside what was compiled of them. */
  readonly keepsBytes: boolean;
  /** Where the types of modules are counted; absent for one that has been compiled before. */
  readonly types?: SharedArrayBuffer;
}

/** A union instead of an exception: the pool would drop an error's code on the way. */
export type AdmissionResult =
  | {
      readonly isOk: true;
      readonly admitted: AdmittedModule;
      readonly code: GuestCode;
      /** What it takes while it is kept, beside compiled code that guests have called for. */
      readonly weightBytes: number;
    }
  | { readonly isOk: false; readonly error: ErrorResponse };

/** Admits and compiles one module, away from the host's main thread. */
export async function admitAndCompile(task: AdmissionTask): Promise<AdmissionResult> {
  try {
    const { admitted, coreModules, counts } = admitModule(task.bytes, {
      ...task,
      // Whatever it does to its process, it does to nobody else.
      allowed: task.isolation === 'process' ? ALL_RISKS : NO_RISKS,
    });
    if (task.types !== undefined) countTypes(task.types, counts.types);
    const code = await codeOf(coreModules as Uint8Array<ArrayBuffer>[], task);
    const copies = task.keepsBytes ? 2 : 1;
    const weightBytes = copies * task.bytes.length + FUNCTION_BYTES * counts.functions;
    return { isOk: true, admitted: { ...admitted, sha256: task.sha256 }, code, weightBytes };
  } catch (thrown) {
    return { isOk: false, error: asWasmatrixError(thrown).toJSON() };
  }
}

/** What a description is answered with, likewise. */
export type DescriptionResult =
  | { readonly isOk: true; readonly description: ModuleDescription }
  | { readonly isOk: false; readonly error: ErrorResponse };

/** Tells what a module is, and admits nothing. */
export function describe({ bytes }: { readonly bytes: Uint8Array }): DescriptionResult {
  try {
    return { isOk: true, description: describeModule(bytes, LARGEST_LIMITS) };
  } catch (thrown) {
    return { isOk: false, error: asWasmatrixError(thrown).toJSON() };
  }
}

function asWasmatrixError(thrown: unknown): WasmatrixError {
  if (isWasmatrixError(thrown)) return thrown;
  return new WasmatrixError('WASM_RUNTIME_ERROR', messageOf(thrown));
}

/** What another process is to run is compiled there: it may be what this one's engine would not bear. */
async function codeOf(
  coreModules: readonly Uint8Array<ArrayBuffer>[],
  { isolation, keepsBytes }: AdmissionTask,
): Promise<GuestCode> {
  if (isolation === 'process') return { kind: 'bytes', coreModules };
  const modules = await Promise.all(coreModules.map((bytes) => WebAssembly.compile(bytes)));
  return { kind: 'compiled', modules, ...(keepsBytes ? { coreModules } : {}) };
}
