import type { StartRequest } from '../lib/protocol/instance-messages.ts';
import { bindComponent } from './abi/component/bind-component.ts';
import { wasiImports } from './abi/component/wasi/wasi-imports.ts';
import { bindCore } from './abi/core/bind-core.ts';
import { bindExtism } from './abi/extism/bind-extism.ts';
import { bindWapc } from './abi/wapc/bind-wapc.ts';
import { bindWasi } from './abi/wasi/bind-wasi.ts';
import type { Guest, GuestHost } from './guest.ts';
import { GuestTrap } from './guest-failure.ts';

/**
 * Instantiates a guest by the ABI that admission has found.
 *
 * @throws what the guest's start function or initialiser throws.
 */
export function bindGuest(request: StartRequest, host: GuestHost): Guest {
  const { admitted, modules } = request;
  switch (admitted.abi) {
    case 'component':
      if (admitted.component === undefined) throw new GuestTrap('the component has no definition');
      return bindComponent(admitted.component, modules, host, () => wasiImports(host));
    case 'wasi':
      return bindWasi(admitted, modules, host);
    case 'core':
      return bindCore(admitted, modules, host);
    case 'extism':
      return bindExtism(admitted, modules, host);
    case 'wapc':
      return bindWapc(admitted, modules, host);
  }
}
