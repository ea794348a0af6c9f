import { checkedEventFilter } from '../actors/event-query.ts';
import { instanceMatcher } from '../actors/instance-query.ts';
import type { ProviderInfo } from '../actors/provider-info.ts';
import type { InvokeOptions, Supervisor, SupervisorStats } from '../actors/supervisor.ts';
import { type CapabilityAssignment, checkedAssignment } from '../core/capability-assignment.ts';
import { invalidField } from '../core/errors.ts';
import type { ExecutionEvent, ExecutionEventFilter } from '../core/execution-event.ts';
import type { ExecutionEventList } from '../core/fact-log.ts';
import { integerIn, knownFields } from '../core/field-checks.ts';
import type { GroupSpec } from '../core/group-spec.ts';
import type { InstanceFilter, InstanceInfo } from '../core/instance-info.ts';
import type { InstanceSpec } from '../core/instance-spec.ts';
import { stopGrace } from '../core/limits.ts';
import type { ModuleSource } from '../core/module-source.ts';
import type { ProviderConfig } from '../core/provider-config.ts';
import type { ModuleInfo } from '../wasm/module-info.ts';
import type { ApiConnection, ApiRequest } from './api-connection.ts';
import type { ResolvedConnectOptions } from './connect-options.ts';
import { RemoteEvents } from './remote-events.ts';
import { invokeRequest } from './remote-invoke.ts';
import { RemoteModules } from './remote-modules.ts';
import { RemoteStarts } from './remote-starts.ts';
import { idStep, instancePath, queryOf } from './request-paths.ts';
import { assertSendable } from './sendable.ts';

const NO_PROVIDER = ['CAPABILITY_NOT_FOUND', 'there is no such provider', 'providerId'] as const;
const NO_GRANT = ['CAPABILITY_NOT_FOUND', 'there is no such assignment', 'capabilityId'] as const;
const NO_GROUP = ['INSTANCE_NOT_FOUND', 'there is no such group', 'groupId'] as const;

/** A supervisor elsewhere: each request is one of the HTTP API. */
export class RemoteSupervisor implements Supervisor {
  readonly nodeId: string;
  readonly #connection: ApiConnection;
  readonly #modules: RemoteModules;
  readonly #starts: RemoteStarts;
  readonly #reconnects: number;
  readonly #streams = new Set<RemoteEvents>();
  /** Streams that have not begun: what is asked for meanwhile happens after their beginning. */
  readonly #opening = new Set<Promise<void>>();

  constructor(connection: ApiConnection, nodeId: string, options: ResolvedConnectOptions) {
    this.nodeId = nodeId;
    this.#connection = connection;
    this.#reconnects = options.reconnects;
    this.#modules = new RemoteModules(connection);
    this.#starts = new RemoteStarts(this.#modules, (request) => this.#ask(request));
  }

  async #ask(request: ApiRequest): Promise<unknown> {
    this.#connection.assertOpen();
    if (this.#opening.size > 0) await Promise.all(this.#opening);
    return this.#connection.request(request);
  }

  async startInstance(spec: InstanceSpec): Promise<string> {
    this.#connection.assertOpen();
    return this.#starts.instance(spec);
  }

  async stopInstance(id: string, options: { readonly graceMs?: number } = {}): Promise<void> {
    const { graceMs } = knownFields(options, 'options', ['graceMs']);
    const patienceMs = graceMs === undefined ? 0 : stopGrace(graceMs, 0);
    const path = `${instancePath(id)}${queryOf({ graceMs: graceMs as number | undefined })}`;
    await this.#ask({ method: 'DELETE', path, patienceMs });
  }

  async restartInstance(id: string): Promise<void> {
    await this.#ask({ method: 'POST', path: `${instancePath(id)}/restart` });
  }

  async queryInstance(id: string): Promise<InstanceInfo> {
    return (await this.#ask({ method: 'GET', path: instancePath(id) })) as InstanceInfo;
  }

  async listInstances(filter: InstanceFilter = {}): Promise<InstanceInfo[]> {
    // Checked here, so that a wrong filter is told by the same words.
    instanceMatcher(filter);
    const { labels = {}, ...rest } = filter;
    const label = Object.entries(labels).map(([key, text]) => `${encodeURIComponent(key)}=${text}`);
    const path = `/v1/instances${queryOf({ ...rest, label })}`;
    const answer = (await this.#ask({ method: 'GET', path })) as { instances: InstanceInfo[] };
    return answer.instances;
  }

  async invoke(
    id: string,
    exportName: string,
    args: readonly unknown[] = [],
    options: InvokeOptions = {},
  ): Promise<unknown> {
    const request = invokeRequest(instancePath(id), exportName, args, options);
    const { result } = (await this.#ask(request)) as { readonly result: unknown };
    return result;
  }

  async startGroup(spec: GroupSpec): Promise<{ groupId: string; instanceIds: string[] }> {
    this.#connection.assertOpen();
    return this.#starts.group(spec);
  }

  async stopGroup(id: string): Promise<void> {
    await this.#ask({ method: 'DELETE', path: `/v1/groups/${idStep(id, 'id', NO_GROUP)}` });
  }

  async assignCapability(id: string, assignment: CapabilityAssignment): Promise<void> {
    const path = `${instancePath(id)}/capabilities`;
    checkedAssignment(assignment, '');
    const { capabilityId, ...json } = assignment;
    assertSendable(json);
    await this.#ask({ method: 'PUT', path: `${path}/${encodeURIComponent(capabilityId)}`, json });
  }

  async revokeCapability(id: string, capabilityId: string): Promise<void> {
    const grant = idStep(capabilityId, 'capabilityId', NO_GRANT);
    await this.#ask({ method: 'DELETE', path: `${instancePath(id)}/capabilities/${grant}` });
  }

  async listCapabilities(id: string): Promise<CapabilityAssignment[]> {
    const answer = await this.#ask({ method: 'GET', path: `${instancePath(id)}/capabilities` });
    return (answer as { capabilities: CapabilityAssignment[] }).capabilities;
  }

  async startProvider(provider: ProviderConfig): Promise<string> {
    const json = sentProvider(provider);
    const answer = await this.#ask({ method: 'POST', path: '/v1/providers', json });
    return (answer as { readonly providerId: string }).providerId;
  }

  async stopProvider(id: string): Promise<void> {
    await this.#ask({ method: 'DELETE', path: `/v1/providers/${idStep(id, 'id', NO_PROVIDER)}` });
  }

  async updateProvider(id: string, provider: ProviderConfig): Promise<void> {
    const path = `/v1/providers/${idStep(id, 'id', NO_PROVIDER)}`;
    await this.#ask({ method: 'PUT', path, json: sentProvider(provider) });
  }

  async listProviders(): Promise<ProviderInfo[]> {
    const answer = await this.#ask({ method: 'GET', path: '/v1/providers' });
    return (answer as { providers: ProviderInfo[] }).providers;
  }

  async executionEvents(
    filter: ExecutionEventFilter & { readonly limit?: number } = {},
  ): Promise<ExecutionEventList> {
    const { types, limit, ...rest } = checkedEventFilter(filter, ['limit']);
    const range = { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 };
    integerIn(limit, 'limit', range);
    const query = queryOf({ ...rest, types: types?.join(','), limit, format: 'list' });
    const answer = await this.#ask({ method: 'GET', path: `/v1/events${query}` });
    const { events, isCut, oldestSeq } = answer as {
      readonly events: ExecutionEvent[];
      readonly isCut: boolean;
      readonly oldestSeq: number;
    };
    return Object.defineProperties(events, {
      isCut: { value: isCut },
      oldestSeq: { value: oldestSeq },
    }) as unknown as ExecutionEventList;
  }

  events(
    filter: ExecutionEventFilter & { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<ExecutionEvent> {
    const { types, signal, ...rest } = checkedEventFilter(filter, ['signal']);
    this.#connection.assertOpen();
    const path = `/v1/events${queryOf({ ...rest, types: types?.join(','), format: 'stream' })}`;
    const events = new RemoteEvents(this.#connection, path, {
      reconnects: this.#reconnects,
      signal,
      onEnd: () => this.#streams.delete(events),
    });
    this.#streams.add(events);
    const { opened } = events;
    this.#opening.add(opened);
    void opened.then(() => this.#opening.delete(opened));
    return events;
  }

  inspectModule(module: ModuleSource): Promise<ModuleInfo> {
    return this.#modules.inspect(module);
  }

  async stats(): Promise<SupervisorStats> {
    return (await this.#ask({ method: 'GET', path: '/v1/stats' })) as SupervisorStats;
  }

  /** Lets go of the host, which goes on with everything in it. Idempotent. */
  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    const { graceMs } = knownFields(options, 'options', ['graceMs']);
    if (graceMs !== undefined) stopGrace(graceMs, 0);
    await this.destroy();
  }

  async destroy(_reason?: unknown): Promise<void> {
    for (const events of this.#streams) events.end();
    await this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A provider as it can be asked for from elsewhere. */
function sentProvider(provider: ProviderConfig): unknown {
  const { definition, module, ...rest } = provider;
  if (definition !== undefined) {
    throw invalidField('definition', 'functions cannot be sent to a host; give it at its start');
  }
  assertSendable(rest);
  return module === undefined ? rest : { ...rest, module: String(module) };
}
