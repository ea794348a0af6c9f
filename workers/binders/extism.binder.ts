import { bindExtism } from '../abi/extism/bind-extism.ts';
import type { GuestBinder } from '../guest-binder.ts';

export const bind: GuestBinder = ({ admitted, modules }, host) =>
  bindExtism(admitted, modules, host);
