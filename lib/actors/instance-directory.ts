import type { Clock } from '../core/clock.ts';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import type { FactLog } from '../core/fact-log.ts';
import { freshId, type InstanceId } from '../core/ids.ts';
import type { InstanceInfo } from '../core/instance-info.ts';
import type { ResolvedInstanceSpec } from '../core/instance-spec.ts';
import type { Logger } from '../core/logger.ts';
import type { InstanceOutput } from '../machines/instance-machine.ts';
import { FloodGate } from '../serving/flood-gate.ts';
import type { CompiledModule } from '../threads/module-store.ts';
import type { CapabilityDesk } from './capability-desk.ts';
import { type EndedInstance, EndedInstances } from './ended-instances.ts';
import type { MemberGone, Membership } from './group-membership.ts';
import type { GuestCarriers } from './guest-carriers.ts';
import { InstanceActor } from './instance-actor.ts';
import { newOutputLog, type OutputLog } from './output-log.ts';
import { SupervisionTree } from './supervision-tree.ts';

/** Lifecycle bugs that a shard bears within a minute before it gives up. */
const SHARD_INTENSITY = { max: 10, periodMs: 60_000 };

/** What the directory works with. */
export interface DirectoryParts {
  readonly nodeId: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly facts: FactLog;
  readonly carriers: GuestCarriers;
  readonly desk: CapabilityDesk;
  /** Ended instances that can still be queried. */
  readonly endedKept: number;
}

/** Every instance of this node: those alive under supervision, and how the latest others ended. */
export class InstanceDirectory {
  readonly #parts: DirectoryParts;
  readonly #live = new Map<string, InstanceActor>();
  readonly #reserved = new Set<string>();
  readonly #ended: EndedInstances;
  readonly #tree: SupervisionTree;
  readonly #overflows: FloodGate;
  readonly #outputs: OutputLog | undefined;
  readonly #ordinals = new WeakMap<InstanceActor, number>();
  #started = 0;
  /** Calls begun by instances that have ended. */
  #begunBefore = 0;
  /** Callers of `stop` that wait for the machine's end. */
  readonly #stopWaiters = new Map<string, (() => void)[]>();

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
    this.#ended = new EndedInstances(parts.endedKept);
    this.#overflows = new FloodGate(parts.clock);
    const { clock, random, logger } = parts;
    this.#outputs = newOutputLog(logger, clock);
    this.#tree = new SupervisionTree(
      { clock, random, intensity: SHARD_INTENSITY },
      {
        onEnded: (child, output) => this.#onEnded(child, output),
        onBroken: (child, message) => this.#onBroken(child, message),
      },
      logger,
    );
  }

  /** Instances that are supervised. */
  get size(): number {
    return this.#live.size;
  }

  /** Calls begun so far, by whatever has lived. */
  get begun(): number {
    let begun = this.#begunBefore;
    for (const child of this.#live.values()) begun += child.begun;
    return begun;
  }

  live(): Iterable<InstanceActor> {
    return this.#live.values();
  }

  /** An instance that is supervised. */
  find(id: string): InstanceActor | undefined {
    return this.#live.get(id);
  }

  /**
   * Takes an id for an instance to come, until `release`: as long as its start is under way, failing
   * included, nobody else may take what belongs to it.
   *
   * @throws `INVALID_REQUEST` if it is in use.
   */
  reserve(wanted: InstanceId | undefined): string {
    const id = wanted ?? freshId('i', this.#parts.random);
    if (this.#live.has(id) || this.#reserved.has(id)) {
      throw invalidField('instanceId', 'is in use', { instanceId: id });
    }
    this.#reserved.add(id);
    return id;
  }

  release(id: string): void {
    this.#reserved.delete(id);
  }

  /**
   * Starts an instance under a reserved id, which stays reserved; resolves when it runs.
   *
   * @throws why its first life could not start; it is forgotten then.
   */
  async start(
    id: string,
    spec: ResolvedInstanceSpec,
    module: CompiledModule,
    member?: Membership,
  ): Promise<void> {
    const { nodeId, carriers, clock, desk, facts } = this.#parts;
    const child: InstanceActor = new InstanceActor({
      instanceId: id,
      nodeId,
      spec,
      module,
      carriers,
      clock,
      desk,
      outputs: this.#outputs,
      member,
      onOverflow: () => {
        const flood = this.#overflows.admit(id);
        if (flood === undefined) return;
        const details = { limit: spec.limits.mailbox, ...flood };
        facts.append('mailbox_overflowed', { ...child.place, details });
      },
      onFact: ({ fact, details }) => {
        facts.append(fact, { ...child.place, details: { ...details, ...named(spec) } });
      },
    });
    this.#live.set(id, child);
    this.#ordinals.set(child, ++this.#started);
    this.#ended.forget(id);
    const started = child.nextStart();
    this.#tree.start(child);
    try {
      await started;
    } catch (error) {
      await child.gone;
      throw error;
    }
  }

  #onEnded(child: InstanceActor, { outcome }: InstanceOutput): void {
    const { instanceId } = child.parts;
    if (outcome !== 'start-failed') {
      const wasAsked = outcome === 'stopped';
      this.#ended.put(this.#record(child, wasAsked));
    }
    this.#leave(instanceId, child);
    const { startError } = child.machine.getSnapshot().context;
    this.#tellGroup(child, { wasAsked: outcome === 'stopped', error: startError });
  }

  #tellGroup(child: InstanceActor, end: MemberGone): void {
    const { member } = child.parts;
    if (member !== undefined) void child.gone.then(() => member.onGone(end));
  }

  #onBroken(child: InstanceActor, message: string): void {
    const { instanceId } = child.parts;
    this.#parts.logger.error({ instanceId, err: message }, 'the lifecycle logic has failed');
    const { exit } = child.endOfBug(message);
    child.abandon();
    const record = this.#record(child, false);
    this.#ended.put({ ...record, info: { ...record.info, status: 'crashed', lastExit: exit } });
    const details = { why: 'bug', message };
    this.#parts.facts.append('instance_failed', { ...child.place, details });
    this.#leave(instanceId, child);
    this.#tellGroup(child, { wasAsked: false });
  }

  #leave(instanceId: string, child: InstanceActor): void {
    if (this.#live.get(instanceId) === child) {
      this.#live.delete(instanceId);
      this.#begunBefore += child.begun;
    }
    this.#parts.desk.forget(instanceId);
    this.#overflows.forget(instanceId);
    child.concluded();
    for (const resolve of this.#stopWaiters.get(instanceId) ?? []) resolve();
    this.#stopWaiters.delete(instanceId);
  }

  /**
   * Stops an instance; resolves when its thread is gone.
   *
   * @throws `INSTANCE_NOT_FOUND`
   */
  async stop(id: string, graceMs: number | undefined): Promise<void> {
    const child = this.#live.get(id);
    if (child === undefined) {
      const ended = this.#endedOrThrow(id);
      this.#ended.put({ ...ended, wasAsked: true });
      await ended.gone;
      return;
    }
    const hasEnded = new Promise<void>((resolve) => {
      this.#stopWaiters.set(id, [...(this.#stopWaiters.get(id) ?? []), resolve]);
    });
    child.machine.send({ type: 'instance.stop', ...(graceMs === undefined ? {} : { graceMs }) });
    await hasEnded;
    await child.gone;
  }

  /**
   * @throws `INSTANCE_NOT_FOUND`, `RESTART_POLICY_VIOLATION`, `INVALID_REQUEST`
   */
  async restart(id: string): Promise<void> {
    const child = this.#live.get(id);
    if (child?.isHeld === true) {
      throw invalidField('id', 'its group is restarting it', { instanceId: id });
    }
    if (child?.parts.member === undefined) this.#checkPolicy(id, child);
    if (child === undefined) {
      throw invalidField('id', 'the instance has ended; start it anew', { instanceId: id });
    }
    if (child.status === 'stopping') {
      throw invalidField('id', 'the instance is stopping', { instanceId: id, status: 'stopping' });
    }
    const next = child.nextStart();
    child.machine.send({ type: 'instance.restart' });
    await next;
  }

  #checkPolicy(id: string, child: InstanceActor | undefined): void {
    const policy = child?.parts.spec.restartPolicy ?? this.#endedOrThrow(id).info.restartPolicy;
    if (policy.policyType !== 'never' && this.#ended.get(id)?.info.status !== 'crashed') return;
    const why = policy.policyType === 'never' ? 'policy-never' : 'retries-exhausted';
    const message = `the restart policy forbids it (${why})`;
    throw new WasmatrixError('RESTART_POLICY_VIOLATION', message, { instanceId: id, why });
  }

  /**
   * An instance that is alive.
   *
   * @throws `INSTANCE_NOT_FOUND`; `INVALID_REQUEST` when it has ended.
   */
  liveOrThrow(id: string): InstanceActor {
    const child = this.#live.get(id);
    if (child !== undefined) return child;
    const { status } = this.#endedOrThrow(id).info;
    throw invalidField('id', `the instance is ${status}`, { instanceId: id, status });
  }

  /**
   * @throws `INSTANCE_NOT_FOUND` if the instance has ended meanwhile, also if its id lives on.
   */
  confirm(child: InstanceActor): void {
    const { instanceId } = child.parts;
    if (this.#live.get(instanceId) === child) return;
    throw new WasmatrixError('INSTANCE_NOT_FOUND', 'the instance has ended', { instanceId });
  }

  #endedOrThrow(id: string): EndedInstance {
    const ended = this.#ended.get(id);
    if (ended !== undefined) return ended;
    throw new WasmatrixError('INSTANCE_NOT_FOUND', 'there is no such instance', { instanceId: id });
  }

  /**
   * @throws `INSTANCE_NOT_FOUND`
   */
  info(id: string): InstanceInfo {
    return this.#live.get(id)?.info() ?? this.#endedOrThrow(id).info;
  }

  /** Everything that is known, in the order of its start. */
  all(): readonly EndedInstance[] {
    const live = [...this.#live.values()].map((child) => this.#record(child, false));
    return [...this.#ended.values(), ...live].sort((a, b) => a.ordinal - b.ordinal);
  }

  #record(child: InstanceActor, wasAsked: boolean): EndedInstance {
    const ordinal = this.#ordinals.get(child) ?? 0;
    return { info: child.info(), wasAsked, gone: child.gone, ordinal };
  }

  /** Ends every machine at once; their threads are the registry's. */
  destroy(): void {
    const children = [...this.#live.values()];
    this.#tree.destroy();
    for (const child of children) this.#leave(child.parts.instanceId, child);
    this.#ended.clear();
  }
}

function named({ name }: ResolvedInstanceSpec): { readonly name?: string } {
  return name === undefined ? {} : { name };
}
