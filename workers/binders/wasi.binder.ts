import { bindWasi } from '../abi/wasi/bind-wasi.ts';
import type { GuestBinder } from '../guest-binder.ts';

export const bind: GuestBinder = ({ admitted, modules }, host) => bindWasi(admitted, modules, host);
