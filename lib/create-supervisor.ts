import { BUILT_IN_PROVIDERS } from '../providers/built-in.ts';
import { LocalSupervisor } from './actors/local-supervisor.ts';
import type { Supervisor } from './actors/supervisor.ts';
import { resolveSupervisorOptions, type SupervisorOptions } from './actors/supervisor-options.ts';
import { assertNodeVersion } from './core/node-version.ts';
import type { ConnectOptions } from './remote/connect-options.ts';
import { openTracing } from './telemetry/open-tracing.ts';

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
  const tracing = resolved.telemetry.traces ? await openTracing() : undefined;
  const supervisor = new LocalSupervisor(resolved, BUILT_IN_PROVIDERS, tracing);
  try {
    await supervisor.open();
  } catch (error) {
    await supervisor.destroy();
    throw error;
  }
  return supervisor;
}

/**
 * The same interface to the supervisor of a host elsewhere, see `startHost()`. Modules that are given by a path
 * are read here, and sent once. `close()` lets go of the host, which goes on; `events()` go on where they were
 * when the connection was lost.
 *
 * What holds functions cannot be sent, such as the `definition` of a provider, and is `INVALID_REQUEST` naming
 * the field. A host that cannot be reached is `CRASH_DETECTED`, as whatever is gone and may be back: the details
 * tell its `url`, the `reason`, and by `executed` whether the request may have been heard.
 *
 * @throws `INVALID_REQUEST` naming the option, `PERMISSION_DENIED` without a token that the host knows,
 * `CRASH_DETECTED`, `TIMEOUT`.
 * @public
 */
export async function connectSupervisor(
  url: string,
  options?: ConnectOptions,
): Promise<Supervisor> {
  assertNodeVersion(process.versions.node);
  // Loaded with the first connection: who embeds a supervisor has no use for a client.
  const { openRemote } = await import('./remote/open-remote.ts');
  return openRemote(url, options);
}
