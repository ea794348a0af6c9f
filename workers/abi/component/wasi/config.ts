import type { GuestHost } from '../../../guest.ts';
import type { HostFunction } from '../host-imports.ts';
import { textOf } from './import-arguments.ts';
import type { InterfaceGroup } from './interface-group.ts';

/**
 * `wasi:config`: what the instance's specification says, the same in all versions of the proposal.
 *
 * @internal
 */
export function configInterfaces(host: GuestHost): InterfaceGroup {
  const functions: Record<string, HostFunction> = {
    get: (name) => {
      const key = textOf(name);
      return Object.hasOwn(host.config, key) ? host.config[key] : undefined;
    },
    'get-all': () => Object.entries(host.config),
  };
  return {
    'wasi:config/store@0.2.0-rc.1': functions,
    'wasi:config/store@0.2.0-draft': functions,
    'wasi:config/store@0.2.0-draft-2024-09-27': functions,
    'wasi:config/runtime@0.2.0-draft': functions,
  };
}
