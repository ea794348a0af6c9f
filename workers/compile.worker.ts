import {
  type ErrorResponse,
  isWasmatrixError,
  messageOf,
  WasmatrixError,
} from '../lib/core/errors.ts';
import type { InstanceSpec } from '../lib/core/instance-spec.ts';
import { admitModule } from '../lib/wasm/admit-module.ts';
import type { AdmittedModule } from '../lib/wasm/admitted-module.ts';

/** What the pool is asked to admit. */
export interface AdmissionTask {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly abi: NonNullable<InstanceSpec['abi']>;
  readonly memoryBytes: number;
  readonly tableEntries: number;
}

/** A union instead of an exception: the pool would drop an error's code on the way. */
export type AdmissionResult =
  | {
      readonly isOk: true;
      readonly admitted: AdmittedModule;
      readonly modules: readonly WebAssembly.Module[];
    }
  | { readonly isOk: false; readonly error: ErrorResponse };

/** Admits and compiles one module, away from the host's main thread. */
export async function admitAndCompile(task: AdmissionTask): Promise<AdmissionResult> {
  try {
    const { admitted, coreModules } = admitModule(task.bytes, task);
    const modules = await Promise.all(coreModules.map((bytes) => WebAssembly.compile(bytes)));
    return { isOk: true, admitted: { ...admitted, sha256: task.sha256 }, modules };
  } catch (thrown) {
    const error = isWasmatrixError(thrown)
      ? thrown
      : new WasmatrixError('WASM_RUNTIME_ERROR', messageOf(thrown));
    return { isOk: false, error: error.toJSON() };
  }
}
