import { binaryKind } from './abi-detection.ts';
import { admitComponent } from './admit-component.ts';
import { type Admission, admitCore } from './admit-core.ts';
import type { AdmissionLimits } from './admit-limits.ts';
import type { AbiName } from './admitted-module.ts';
import { CORE_CEILINGS } from './core-ceilings.ts';
import { tooMany } from './core-refusals.ts';
import { keepKillable } from './keep-killable.ts';
import { meterCoreModule } from './meter-module.ts';
import { NO_RISKS } from './risky-features.ts';

/**
 * How a module is to be admitted.
 *
 * @internal
 */
export interface AdmissionOptions extends AdmissionLimits {
  readonly abi: 'auto' | AbiName;
  /** Whether the guest pays for what it does. @defaultValue false */
  readonly isMetered?: boolean;
}

/**
 * Decides whether a guest may run at all, and under which caps. Nothing is compiled here; whether the
 * code itself is valid stays the engine's question.
 *
 * @throws `INVALID_REQUEST` (field `module` or `abi`) if the bytes are no module or of another ABI;
 * `VALIDATION_ERROR` if an import, a limit or a feature forbids it; `WASM_RUNTIME_ERROR` if it is broken.
 * @internal
 */
export function admitModule(bytes: Uint8Array, options: AdmissionOptions): Admission {
  const kind = binaryKind(bytes);
  const { moduleBytes } = CORE_CEILINGS;
  if (bytes.length > moduleBytes) throw tooMany('bytes', bytes.length, moduleBytes);
  const { abi, memoryBytes, tableEntries, allowed = NO_RISKS } = options;
  const admit = kind === 'component' ? admitComponent : admitCore;
  const admission = admit(bytes, abi, { memoryBytes, tableEntries, allowed });
  const coreModules = admission.coreModules.map((module) => {
    // Only what is admitted is rewritten, so that no guest can ask for the counter.
    const metered = options.isMetered === true ? meterCoreModule(module, allowed) : module;
    // Behind the meter: what is added for the host's sake costs the guest nothing.
    return keepKillable(metered, allowed);
  });
  return { ...admission, coreModules };
}
