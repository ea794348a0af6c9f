import type { GuestHost } from '../../../guest.ts';
import type { HostFunction } from '../host-imports.ts';
import { textOf } from './import-arguments.ts';
import type { InterfaceGroup } from './interface-group.ts';

const utf8 = new TextEncoder();

/**
 * `wasi:logging`: lines of standard error such as `[info] context: message`.
 *
 * @internal
 */
export function loggingInterfaces(host: GuestHost): InterfaceGroup {
  const log: HostFunction = (level, context, message) => {
    const line = `[${textOf(level)}] ${textOf(context)}: ${textOf(message)}\n`;
    host.write('stderr', utf8.encode(line));
  };
  return { 'wasi:logging/logging': { log }, 'wasi:logging/logging@0.1.0-draft': { log } };
}
