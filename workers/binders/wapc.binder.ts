import { bindWapc } from '../abi/wapc/bind-wapc.ts';
import type { GuestBinder } from '../guest-binder.ts';

export const bind: GuestBinder = ({ admitted, modules }, host) => bindWapc(admitted, modules, host);
