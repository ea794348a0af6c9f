import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import type { ExecutionEvent, ExecutionEventFilter } from '../core/execution-event.ts';
import type { ExecutionEventList, FactLog } from '../core/fact-log.ts';
import { integerIn, knownFields } from '../core/field-checks.ts';
import type { GroupSpec } from '../core/group-spec.ts';
import type { InstanceFilter, InstanceInfo } from '../core/instance-info.ts';
import { type InstanceSpec, resolveInstanceSpec } from '../core/instance-spec.ts';
import { stopGrace } from '../core/limits.ts';
import { checkedModuleSource, type ModuleSource } from '../core/module-source.ts';
import type { ProviderDefinition } from '../core/provider.ts';
import type { ProviderConfig } from '../core/provider-config.ts';
import type { CallTelemetry } from '../telemetry/call-telemetry.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { CapacityGovernor } from '../threads/capacity-governor.ts';
import { ModuleStore } from '../threads/module-store.ts';
import { capMemoryPages } from '../threads/page-cap.ts';
import type { ModuleInfo } from '../wasm/module-info.ts';
import type { CapabilityDesk } from './capability-desk.ts';
import { checkedCall, checkedId } from './checked-call.ts';
import { checkedEventFilter } from './event-query.ts';
import { GroupService } from './group-service.ts';
import type { GuestCarriers } from './guest-carriers.ts';
import { InstanceDirectory } from './instance-directory.ts';
import { instanceMatcher } from './instance-query.ts';
import { InstanceStarter } from './instance-starter.ts';
import { deliverMessage } from './message-delivery.ts';
import { newCapabilities } from './new-capabilities.ts';
import { newCarriers } from './new-carriers.ts';
import { newRecord } from './new-record.ts';
import type { ProviderDirectory } from './provider-directory.ts';
import type { ProviderInfo } from './provider-info.ts';
import type { InvokeOptions, Supervisor, SupervisorStats } from './supervisor.ts';
import { type ResolvedSupervisorOptions } from './supervisor-options.ts';
import { supervisorStats } from './supervisor-stats.ts';

/** Bytes of original modules whose compiled form is kept. */
const MAX_MODULE_BYTES = 1024 * 1024 * 1024;

/** The supervisor of this process: checks each request and hands it to the room that can do it. */
export class LocalSupervisor implements Supervisor {
  readonly nodeId: string;
  readonly #facts: FactLog;
  readonly #telemetry: CallTelemetry;
  readonly #governor: CapacityGovernor;
  readonly #carriers: GuestCarriers;
  readonly #modules: ModuleStore;
  readonly #providers: ProviderDirectory;
  readonly #desk: CapabilityDesk;
  readonly #instances: InstanceDirectory;
  readonly #starter: InstanceStarter;
  readonly #groups: GroupService;
  #closing: Promise<void> | undefined;
  #destroying: Promise<void> | undefined;

  constructor(
    options: ResolvedSupervisorOptions,
    builtIn: ReadonlyMap<string, () => Promise<ProviderDefinition>>,
    tracing?: Tracing,
  ) {
    const { nodeId, clock, random, logger, maxThreads } = options;
    this.nodeId = nodeId;
    const { facts, outputs, telemetry } = newRecord(options, tracing);
    this.#facts = facts;
    this.#telemetry = telemetry;
    capMemoryPages(options.capacity.maxMemoryPages);
    this.#governor = new CapacityGovernor(maxThreads, options.capacity);
    this.#carriers = newCarriers(options, this.#governor);
    this.#modules = new ModuleStore({
      keepsBytes: options.shards !== 0,
      threads: options.compileThreads,
      maxModules: options.maxModules,
      maxBytes: MAX_MODULE_BYTES,
    });
    ({ providers: this.#providers, desk: this.#desk } = newCapabilities({
      facts: this.#facts,
      areCallsRecorded: options.recordCapabilityCalls,
      measures: telemetry.measures,
      trace: ({ instanceId, ...span }) => telemetry.served(instanceId, span),
      builtIn,
      claimThread: () => this.#governor.claimProvider(),
      definitions: options.providers,
      random,
      deliver: (id, message) => deliverMessage(this.#instances.find(id), message),
    }));
    this.#instances = new InstanceDirectory({
      nodeId,
      clock,
      random,
      logger,
      facts: this.#facts,
      carriers: this.#carriers,
      desk: this.#desk,
      outputs,
      telemetry,
      endedKept: options.maxEnded,
      onDemand: options.onDemand,
    });
    this.#starter = new InstanceStarter({
      instances: this.#instances,
      carriers: this.#carriers,
      modules: this.#modules,
      desk: this.#desk,
      facts: this.#facts,
      assertOpen: () => this.#assertOpen(),
    });
    this.#groups = new GroupService({
      clock,
      random,
      facts: this.#facts,
      instances: this.#instances,
      starter: this.#starter,
    });
  }

  /** Starts the first shards, the providers that need no configuration and the first warm spares. */
  async open(): Promise<void> {
    await this.#governor.open();
    await this.#carriers.open();
    await this.#providers.startDefault('kv');
  }

  #assertOpen(): void {
    if (this.#closing === undefined && this.#destroying === undefined) return;
    throw new WasmatrixError('INVALID_REQUEST', 'the supervisor is closed');
  }

  async startInstance(spec: InstanceSpec): Promise<string> {
    this.#assertOpen();
    return this.#starter.follow(this.#starter.startAlone(resolveInstanceSpec(spec)));
  }

  async stopInstance(id: string, options: { readonly graceMs?: number } = {}): Promise<void> {
    this.#assertOpen();
    const { graceMs } = knownFields(options, 'options', ['graceMs']);
    await this.#instances.stop(
      checkedId(id),
      graceMs === undefined ? undefined : stopGrace(graceMs, 0),
    );
  }

  async restartInstance(id: string): Promise<void> {
    this.#assertOpen();
    await this.#instances.restart(checkedId(id));
  }

  async queryInstance(id: string): Promise<InstanceInfo> {
    this.#assertOpen();
    return this.#instances.roll.info(checkedId(id));
  }

  async listInstances(filter?: InstanceFilter): Promise<InstanceInfo[]> {
    this.#assertOpen();
    const matches = instanceMatcher(filter);
    return this.#instances.roll
      .all()
      .filter(matches)
      .map(({ info }) => info);
  }

  async invoke(
    id: string,
    exportName: string,
    args: readonly unknown[] = [],
    options: InvokeOptions = {},
  ): Promise<unknown> {
    this.#assertOpen();
    const child = this.#instances.liveOrThrow(checkedId(id));
    const { call, requestId } = checkedCall(child.parts, exportName, args, options);
    return child.call(call, requestId);
  }

  async startGroup(spec: GroupSpec): Promise<{ groupId: string; instanceIds: string[] }> {
    this.#assertOpen();
    return this.#starter.follow(this.#groups.start(spec));
  }

  async stopGroup(id: string): Promise<void> {
    this.#assertOpen();
    await this.#groups.stop(checkedId(id));
  }

  async assignCapability(id: string, assignment: CapabilityAssignment): Promise<void> {
    this.#assertOpen();
    const instanceId = checkedId(id);
    const ordinal = this.#instances.roll.ordinalOf(instanceId);
    const confirm = (): void => this.#instances.roll.confirm(instanceId, ordinal);
    await this.#desk.assign(instanceId, assignment, confirm);
  }

  async revokeCapability(id: string, capabilityId: string): Promise<void> {
    this.#assertOpen();
    const instanceId = checkedId(id);
    const ordinal = this.#instances.roll.ordinalOf(instanceId);
    if (typeof capabilityId !== 'string') throw invalidField('capabilityId', 'must be a string');
    const confirm = (): void => this.#instances.roll.confirm(instanceId, ordinal);
    await this.#desk.revoke(instanceId, capabilityId, confirm);
  }

  async listCapabilities(id: string): Promise<CapabilityAssignment[]> {
    this.#assertOpen();
    const { instanceId } = this.#instances.roll.info(checkedId(id));
    return this.#desk.list(instanceId);
  }

  async startProvider(provider: ProviderConfig): Promise<string> {
    this.#assertOpen();
    return this.#providers.start(provider);
  }

  async stopProvider(id: string): Promise<void> {
    this.#assertOpen();
    await this.#providers.stop(checkedId(id));
  }

  async updateProvider(id: string, provider: ProviderConfig): Promise<void> {
    this.#assertOpen();
    await this.#providers.update(checkedId(id), provider);
  }

  async listProviders(): Promise<ProviderInfo[]> {
    this.#assertOpen();
    return this.#providers.list();
  }

  async executionEvents(
    filter: ExecutionEventFilter & { readonly limit?: number } = {},
  ): Promise<ExecutionEventList> {
    const { limit, ...rest } = checkedEventFilter(filter, ['limit']);
    const range = { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: Number.MAX_SAFE_INTEGER };
    return this.#facts.query(rest, integerIn(limit, 'limit', range));
  }

  events(
    filter: ExecutionEventFilter & { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<ExecutionEvent> {
    const { signal, ...rest } = checkedEventFilter(filter, ['signal']);
    return this.#facts.subscribe(rest, signal);
  }

  async inspectModule(source: ModuleSource): Promise<ModuleInfo> {
    this.#assertOpen();
    return this.#modules.inspect(checkedModuleSource(source));
  }

  async stats(): Promise<SupervisorStats> {
    return supervisorStats({
      nodeId: this.nodeId,
      instances: this.#instances,
      carriers: this.#carriers,
      governor: this.#governor,
      modules: this.#modules,
      desk: this.#desk,
      facts: this.#facts,
      telemetry: this.#telemetry,
    });
  }

  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    const { graceMs } = knownFields(options, 'options', ['graceMs']);
    // Checked before anything is closed: a wrong option must not leave half a supervisor behind.
    const grace = graceMs === undefined ? undefined : stopGrace(graceMs, 0);
    this.#closing ??= this.#close(grace);
    await this.#closing;
  }

  async #close(grace: number | undefined): Promise<void> {
    if (this.#destroying === undefined) {
      const alone = this.#instances.roll.alone();
      // One that ends meanwhile by itself needs no stop any more.
      await Promise.allSettled([
        this.#groups.stopAll(grace),
        ...alone.map((id) => this.#instances.stop(id, grace)),
      ]);
    }
    await this.destroy();
  }

  destroy(_reason?: unknown): Promise<void> {
    this.#destroying ??= this.#destroy();
    return this.#destroying;
  }

  async #destroy(): Promise<void> {
    this.#groups.destroy();
    this.#instances.destroy();
    await Promise.all([
      this.#carriers.destroy(),
      this.#modules.destroy(),
      this.#providers.closeAll(),
      this.#starter.settled(),
    ]);
    this.#facts.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
