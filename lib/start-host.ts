import { readFileSync } from 'node:fs';
import { invalidField } from './core/errors.ts';
import { createSupervisor } from './create-supervisor.ts';
import type { Host } from './host/host.ts';
import type { HostOptions } from './host/host-options.ts';

/**
 * Starts a server for a supervisor: the control API under `/v1`, the dashboard at `/`, and on an address of its own what triggers
 * lead to guests. `docs/api.md` has the routes.
 *
 * @example
 * ```ts
 * await using host = await startHost({ listen: '127.0.0.1:7070' });
 * console.log(host.url);
 * ```
 *
 * @throws `INVALID_REQUEST` naming the option: also for an address that others can reach without a token, and
 * for one that is taken. `STORAGE_ERROR` for a folder that cannot be used.
 * @public
 */
export async function startHost(options?: HostOptions): Promise<Host> {
  // Loaded with the first host: who embeds a supervisor has no use for a server.
  const [{ openHost }, { dashboardRoutes }, { resolveHostOptions }] = await Promise.all([
    import('./host/open-host.ts'),
    import('./dashboard/dashboard-routes.ts'),
    import('./host/host-options.ts'),
  ]);
  const resolved = resolveHostOptions(options);
  const { logger, supervisorOptions, telemetry } = resolved;
  if (logger !== undefined && supervisorOptions.logger !== undefined) {
    throw invalidField('supervisorOptions.logger', 'or a logger of the host, not both');
  }
  if (options?.telemetry !== undefined && supervisorOptions.telemetry !== undefined) {
    throw invalidField('supervisorOptions.telemetry', 'or that of the host, not both');
  }
  const supervisor =
    resolved.supervisor ??
    (await createSupervisor({
      telemetry,
      ...supervisorOptions,
      ...(logger === undefined ? {} : { logger }),
    }));
  const isOwner = resolved.supervisor === undefined;
  try {
    const plugIns = [dashboardRoutes];
    return await openHost(resolved, { supervisor, isOwner, version: packageVersion(), plugIns });
  } catch (error) {
    if (isOwner) await supervisor.destroy();
    throw error;
  }
}

function packageVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), 'utf8');
      const { name, version } = JSON.parse(text) as {
        readonly name: string;
        readonly version: string;
      };
      if (name === 'wasmatrix') return version;
    } catch {
      // The sources lie one folder nearer to it than what is published.
    }
  }
  return '0.0.0';
}
