import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Supervisor } from '../actors/supervisor.ts';
import { resolveLogger } from '../actors/supervisor-options.ts';
import { systemClock } from '../core/system-clock.ts';
import { openTracing } from '../telemetry/open-tracing.ts';
import { apiServer } from './api-server.ts';
import type { ApiParts, ApiRoutes } from './api-types.ts';
import { BodyRoom } from './body-room.ts';
import { EventStreams } from './event-streams.ts';
import type { Host } from './host.ts';
import { HostDrain } from './host-drain.ts';
import { HostMetrics } from './host-metrics.ts';
import type { ResolvedHostOptions } from './host-options.ts';
import { listenAt } from './listening.ts';
import { LocalHost } from './local-host.ts';
import { ModuleShelf } from './module-shelf.ts';
import { StartRegister } from './start-register.ts';
import { triggerServer } from './trigger-server.ts';

/** What is known outside of this room. */
export interface HostSurroundings {
  readonly supervisor: Supervisor;
  readonly isOwner: boolean;
  readonly version: string;
  readonly plugIns: readonly ApiRoutes[];
}

/** Opens the servers of a host; if one of them cannot, nothing is left behind. */
export async function openHost(
  options: ResolvedHostOptions,
  surroundings: HostSurroundings,
): Promise<Host> {
  const { listen, triggerListen } = options;
  const { supervisor, isOwner } = surroundings;
  const parts = await partsOf(options, surroundings);
  const { logger, runId, drain, streams, shelf, clock, metrics } = parts;
  const servers: Server[] = [];
  const scheme = options.tls === undefined ? 'http' : 'https';
  try {
    const { server } = await apiServer(parts);
    servers.push(server);
    const url = await listenAt(server, listen, scheme, 'listen');
    let triggerUrl: string | undefined;
    if (triggerListen !== undefined) {
      const triggers = triggerServer(parts);
      servers.push(triggers);
      triggerUrl = await listenAt(triggers, triggerListen, scheme, 'triggerListen');
    }
    logger.info({ url, triggerUrl, runId }, 'host listens');
    return new LocalHost({
      url,
      triggerUrl,
      supervisor,
      isOwner,
      servers,
      drain,
      streams,
      shelf,
      clock,
      metrics,
      drainDelayMs: options.drainDelayMs,
    });
  } catch (error) {
    for (const server of servers) server.close();
    metrics?.close();
    await shelf.close();
    throw error;
  }
}

async function partsOf(
  options: ResolvedHostOptions,
  { supervisor, version, plugIns }: HostSurroundings,
): Promise<ApiParts> {
  const { limits } = options;
  const clock = systemClock;
  const runId = randomUUID();
  return {
    supervisor,
    options,
    shelf: await ModuleShelf.open(options.modulesFolder, limits, clock),
    starts: new StartRegister(async (id) => (await supervisor.queryInstance(id)).createdAt),
    streams: new EventStreams(supervisor, limits, clock, runId),
    drain: new HostDrain(),
    bodies: new BodyRoom(limits),
    logger: resolveLogger(options.logger, supervisor.nodeId),
    clock,
    plugIns,
    version,
    runId,
    ...(await openTelemetry(options, supervisor, version)),
  };
}

async function openTelemetry(
  { telemetry: { metrics, traces } }: ResolvedHostOptions,
  supervisor: Supervisor,
  version: string,
): Promise<Pick<ApiParts, 'metrics' | 'tracing'>> {
  return {
    metrics: metrics ? new HostMetrics(supervisor, version) : undefined,
    tracing: traces ? await openTracing() : undefined,
  };
}
