import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type {
  FastifyBaseLogger,
  FastifyContextConfig,
  FastifyInstance,
  FastifyTypeProvider,
} from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import type { Supervisor } from '../actors/supervisor.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { RequestSpan, Tracing } from '../telemetry/tracing.ts';
import type { BodyRoom } from './body-room.ts';
import { STRICT } from './common-schemas.ts';
import type { EventStreams } from './event-streams.ts';
import type { HostDrain } from './host-drain.ts';
import type { HostMetrics } from './host-metrics.ts';
import type { ResolvedHostOptions } from './host-options.ts';
import type { ModuleShelf } from './module-shelf.ts';
import type { StartRegister } from './start-register.ts';
import type { HostCaller, HostRole } from './token-book.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may ask; without it, anybody who reaches the address. */
    readonly role?: HostRole;
    /** Whether it may also be the target of a link on a page of another origin: it shows nothing by itself. */
    readonly isPage?: boolean;
  }
  interface FastifyRequest {
    caller: HostCaller | undefined;
    /** Where the answer goes. */
    answer: ServerResponse;
    span: RequestSpan | undefined;
  }
}

/** The type of what a schema lets through, known to each handler. */
interface SchemaTypes extends FastifyTypeProvider {
  readonly validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

/** The server that routes are added to. */
export type Api = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  SchemaTypes
>;

/** What the routes work with. */
export interface ApiParts {
  readonly supervisor: Supervisor;
  readonly options: ResolvedHostOptions;
  readonly shelf: ModuleShelf;
  readonly starts: StartRegister;
  readonly streams: EventStreams;
  readonly drain: HostDrain;
  readonly bodies: BodyRoom;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Another with each start of the host: numbers of events begin anew with it. */
  readonly runId: string;
  readonly version: string;
  /** Routes that are not about the supervisor alone, such as those of pages. */
  readonly plugIns: readonly ApiRoutes[];
  /** Undefined: nothing is measured. */
  readonly metrics: HostMetrics | undefined;
  /** Undefined: no spans. */
  readonly tracing: Tracing | undefined;
}

/** Adds the routes of one subject. What is not of this room comes by `plugIns`. */
export type ApiRoutes = (api: Api, parts: ApiParts) => void | Promise<void>;

const NO_QUERY = Type.Object({}, STRICT);

/** Who may ask, and what the description says. */
export function route<const Schema extends Record<string, unknown>>(
  role: HostRole | undefined,
  summary: string,
  schema: Schema,
): {
  readonly schema: Schema & { readonly summary: string };
  readonly config: FastifyContextConfig;
} {
  if (role === undefined) return { schema: { summary, ...schema }, config: {} };
  // A misspelt option must not be silently ignored, also where there is none.
  return { schema: { summary, querystring: NO_QUERY, ...schema }, config: { role } };
}
