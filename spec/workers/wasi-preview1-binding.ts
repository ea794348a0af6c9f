import type { AdmittedModule, ExportFact } from '../../lib/wasm/admitted-module.ts';
import { bindWasi } from '../../workers/abi/wasi/bind-wasi.ts';
import type { Guest, GuestHost } from '../../workers/guest.ts';
import { wat } from '../guests/guest-file.ts';

/** What admission would say of a guest of preview 1 with these exports. */
export function wasiFacts(
  life: 'command' | 'reactor',
  exports: readonly ExportFact[] = [],
): AdmittedModule {
  return {
    sha256: '0'.repeat(64),
    sizeBytes: 0,
    abi: 'wasi',
    life,
    imports: [],
    exports,
    families: [],
    memories: 1,
    initialMemoryBytes: 65_536,
    hasOutput: true,
  };
}

/** Compiles text and binds it, with `exports` as the functions that may be called. */
export function bindWat(
  source: string,
  host: GuestHost,
  life: 'command' | 'reactor' = 'reactor',
  exports: Readonly<Record<string, readonly string[]>> = {},
): Guest {
  const facts = Object.entries(exports).map(
    ([name, params]): ExportFact => ({ name, kind: 'function', params, results: ['i32'] }),
  );
  return bindWasi(wasiFacts(life, facts), [new WebAssembly.Module(wat(source))], host);
}
