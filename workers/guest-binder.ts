import type { StartRequest } from '../lib/protocol/instance-messages.ts';
import type { AbiName } from '../lib/wasm/admitted-module.ts';
import type { Guest, GuestHost } from './guest.ts';
import { GuestTrap } from './guest-failure.ts';

/**
 * Instantiates a guest.
 *
 * @throws what the guest's start function or initialiser throws.
 */
export type GuestBinder = (request: StartRequest, host: GuestHost) => Guest;

/**
 * Loads what instantiates guests of an ABI, and nothing of the others: all of them together would take each
 * thread a mebibyte more.
 */
export async function guestBinder(abi: AbiName): Promise<GuestBinder> {
  switch (abi) {
    case 'component':
      return componentBinder();
    case 'wasi': {
      const { bindWasi } = await import('./abi/wasi/bind-wasi.ts');
      return ({ admitted, modules }, host) => bindWasi(admitted, modules, host);
    }
    case 'core': {
      const { bindCore } = await import('./abi/core/bind-core.ts');
      return ({ admitted, modules }, host) => bindCore(admitted, modules, host);
    }
    case 'extism': {
      const { bindExtism } = await import('./abi/extism/bind-extism.ts');
      return ({ admitted, modules }, host) => bindExtism(admitted, modules, host);
    }
    case 'wapc': {
      const { bindWapc } = await import('./abi/wapc/bind-wapc.ts');
      return ({ admitted, modules }, host) => bindWapc(admitted, modules, host);
    }
  }
}

async function componentBinder(): Promise<GuestBinder> {
  const [{ bindComponent }, { wasiImports }] = await Promise.all([
    import('./abi/component/bind-component.ts'),
    import('./abi/component/wasi/wasi-imports.ts'),
  ]);
  return ({ admitted: { component }, modules }, host) => {
    if (component === undefined) throw new GuestTrap('the component has no definition');
    return bindComponent(component, modules, host, () => wasiImports(host));
  };
}
