import type { AdmittedModule } from '../wasm/admitted-module.ts';
import type { ModuleInfo } from './supervisor.ts';

/**
 * What a caller may know of a module; a copy, because the original serves every instance of it.
 *
 * @internal
 */
export function moduleInfo(admitted: AdmittedModule): ModuleInfo {
  const { abi, life, sha256, sizeBytes, imports, exports, families } = admitted;
  return structuredClone({
    abi,
    life,
    sha256,
    sizeBytes,
    imports,
    exports,
    capabilities: families,
  });
}
