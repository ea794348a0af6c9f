import { BUILT_IN_PROVIDERS } from '../providers/built-in.ts';
import { LocalSupervisor } from './actors/local-supervisor.ts';
import type { Supervisor } from './actors/supervisor.ts';
import { resolveSupervisorOptions, type SupervisorOptions } from './actors/supervisor-options.ts';
import { invalidField } from './core/errors.ts';
import { assertNodeVersion } from './core/node-version.ts';

/**
 * Makes a supervisor in this process: no server, no network, no other service. A key-value provider
 * that keeps everything in memory is there from the start.
 *
 * @example
 * ```ts
 * await using supervisor = await createSupervisor();
 * const id = await supervisor.startInstance({ module: 'guest.wasm' });
 * await supervisor.invoke(id, 'add', [2, 3]);
 * ```
 *
 * @throws `INVALID_REQUEST` naming the option.
 * @public
 */
export async function createSupervisor(options?: SupervisorOptions): Promise<Supervisor> {
  assertNodeVersion(process.versions.node);
  const resolved = resolveSupervisorOptions(options);
  const supervisor = new LocalSupervisor(resolved, BUILT_IN_PROVIDERS);
  try {
    await supervisor.open();
  } catch (error) {
    await supervisor.destroy();
    throw error;
  }
  return supervisor;
}

/**
 * The same interface to a supervisor elsewhere. Not available yet.
 *
 * @throws `INVALID_REQUEST`
 * @public
 */
export async function connectSupervisor(
  _url: string,
  _options?: { readonly token?: string },
): Promise<Supervisor> {
  throw invalidField('connectSupervisor', 'remote supervisors are not available yet');
}
