import { servedInterface } from '../../../../lib/wasm/component-interfaces.ts';
import type { GuestHost } from '../../../guest.ts';
import type { HostImports } from '../host-imports.ts';
import { cliInterfaces } from './cli.ts';
import { clockInterfaces } from './clocks.ts';
import { configInterfaces } from './config.ts';
import { filesystemInterfaces } from './filesystem.ts';
import { httpInterfaces } from './http.ts';
import type { InterfaceGroup, InterfaceGroupFactory } from './interface-group.ts';
import { ioInterfaces } from './io.ts';
import { KeyValueCalls } from './keyvalue-calls.ts';
import { keyvalueDraft } from './keyvalue-draft.ts';
import { keyvalueDraft2 } from './keyvalue-draft2.ts';
import { loggingInterfaces } from './logging.ts';
import { wasiMessaging } from './messaging-draft.ts';
import { wasmcloudMessaging } from './messaging-wasmcloud.ts';
import { randomInterfaces } from './random.ts';
import { socketInterfaces } from './sockets.ts';

const keyvalueInterfaces: InterfaceGroupFactory = (host) => {
  const calls = new KeyValueCalls(host);
  return { ...keyvalueDraft(calls), ...keyvalueDraft2(calls, host.limits.payloadBytes) };
};

const PACKAGES: ReadonlyMap<string, InterfaceGroupFactory> = new Map([
  ['wasi:cli', cliInterfaces],
  ['wasi:clocks', clockInterfaces],
  ['wasi:config', configInterfaces],
  ['wasi:filesystem', filesystemInterfaces],
  ['wasi:http', httpInterfaces],
  ['wasi:io', ioInterfaces],
  ['wasi:keyvalue', keyvalueInterfaces],
  ['wasi:logging', loggingInterfaces],
  ['wasi:messaging', wasiMessaging],
  ['wasi:random', randomInterfaces],
  ['wasi:sockets', socketInterfaces],
  ['wasmcloud:messaging', wasmcloudMessaging],
]);

/**
 * The host of WASI 0.2 components for one life of a guest. Every effect goes through the given host;
 * packages that a guest does not import are never made.
 *
 * @internal
 */
export function wasiImports(host: GuestHost): HostImports {
  const made = new Map<string, InterfaceGroup>();
  return (interfaceName, functionName) => {
    const key = servedInterface(interfaceName)?.key;
    const packageName = key?.slice(0, key.indexOf('/'));
    if (key === undefined || packageName === undefined) return undefined;
    let group = made.get(packageName);
    if (group === undefined) {
      group = PACKAGES.get(packageName)?.(host) ?? {};
      made.set(packageName, group);
    }
    const functions = group[key] ?? {};
    return Object.hasOwn(functions, functionName) ? functions[functionName] : undefined;
  };
}
