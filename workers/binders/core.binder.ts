import { bindCore } from '../abi/core/bind-core.ts';
import type { GuestBinder } from '../guest-binder.ts';

export const bind: GuestBinder = ({ admitted, modules }, host) => bindCore(admitted, modules, host);
