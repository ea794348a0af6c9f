import { readComponent } from '../../lib/wasm/component-reader.ts';
import { bindComponent } from '../../workers/abi/component/bind-component.ts';
import { wasiImports } from '../../workers/abi/component/wasi/wasi-imports.ts';
import type { Guest, GuestHost } from '../../workers/guest.ts';
import { guestBytes } from './guest-file.ts';

/** Binds a component to a host in the spec's own thread, without admission and without a supervisor. */
export function boundGuest(name: string, host: GuestHost): Guest {
  const { definition, coreModules } = readComponent(guestBytes(name));
  const modules = coreModules.map((bytes) => new WebAssembly.Module(bytes));
  return bindComponent(definition, modules, host, () => wasiImports(host));
}
