import { bindComponent } from '../abi/component/bind-component.ts';
import { wasiImports } from '../abi/component/wasi/wasi-imports.ts';
import type { GuestBinder } from '../guest-binder.ts';
import { GuestTrap } from '../guest-failure.ts';

export const bind: GuestBinder = ({ admitted: { component }, modules }, host) => {
  if (component === undefined) throw new GuestTrap('the component has no definition');
  return bindComponent(component, modules, host, () => wasiImports(host));
};
