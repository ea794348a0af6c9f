import type { AdmittedModule } from '../../../lib/wasm/admitted-module.ts';
import { WAPC_CALL } from '../../../lib/wasm/wapc-functions.ts';
import type { Guest, GuestHost } from '../../guest.ts';
import { GuestError, GuestExit, GuestTrap, PayloadTooLarge } from '../../guest-failure.ts';
import { CoreExports } from '../core/core-exports.ts';
import { instantiate } from '../core/instantiate.ts';
import { openContext } from '../wasi/bind-wasi.ts';
import { concludes, GuestFate } from '../wasi/guest-fate.ts';
import { WapcContext } from './wapc-context.ts';
import { wapcImports } from './wapc-imports.ts';
import { guestRequest } from './wapc-request.ts';

/**
 * What runs before the first call, where it is exported, in this order: the `main` of a command, the
 * constructors of a reactor, and what waPC adds.
 */
const INITIALISERS = ['_start', '_initialize', 'wapc_init'] as const;

/**
 * Binds a waPC guest and initialises it.
 *
 * @throws as `bindWasi` does.
 * @internal
 */
export function bindWapc(
  admitted: AdmittedModule,
  modules: readonly WebAssembly.Module[],
  host: GuestHost,
): Guest {
  const module = modules[0];
  if (module === undefined) throw new GuestTrap('there is no module to bind');
  const context = new WapcContext(host);
  const wasi = openContext(host);
  const fate = new GuestFate();
  const instance = instantiate(module, wapcImports(module, context, wasi, fate), host.fuel);
  fate.check();
  wasi.memory.attach(instance.exports['memory']);
  context.memory.attach(instance.exports['memory']);
  const exports = new CoreExports(admitted, instance);
  for (const name of INITIALISERS) if (isPlain(admitted, name)) initialise(exports, name, fate);
  context.clear();
  return {
    invoke(operation, args) {
      fate.check();
      const request = guestRequest(operation, args, host.limits.payloadBytes);
      context.begin(request);
      try {
        const lengths = [request.operation.length, request.payload.length];
        const code = concludes(fate, () => exports.invoke(WAPC_CALL, lengths));
        return responseOf(context, code !== 0);
      } finally {
        context.clear();
      }
    },
    memoryBytes: () => exports.memoryBytes(),
  };
}

function isPlain({ exports }: AdmittedModule, wanted: string): boolean {
  return exports.some(
    ({ name, kind, params, results }) =>
      name === wanted && kind === 'function' && params?.length === 0 && results?.length === 0,
  );
}

/** The `main` of a Go program exits once it is over, and what it exports can be called none the less. */
function initialise(exports: CoreExports, name: string, fate: GuestFate): void {
  try {
    concludes(fate, () => exports.run(name));
  } catch (error) {
    if (name !== '_start' || !(error instanceof GuestExit) || error.exitCode !== 0) throw error;
    fate.pardon(error);
  }
}

/** The answer, unless the guest has said that it failed, or has given nothing but an error. */
function responseOf({ response, error, host }: WapcContext, isDone: boolean): Uint8Array {
  if (!isDone || (response === undefined && error !== undefined)) {
    throw new GuestError(error ?? 'the guest has failed and does not say why');
  }
  if (response === 'too large') throw new PayloadTooLarge('result', host.limits.payloadBytes);
  return response ?? new Uint8Array(0);
}
