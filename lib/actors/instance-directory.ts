import type { Clock } from '../core/clock.ts';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import type { FactLog } from '../core/fact-log.ts';
import type { ResolvedInstanceSpec } from '../core/instance-spec.ts';
import { LatencyBuckets } from '../core/latency-buckets.ts';
import type { Logger } from '../core/logger.ts';
import type { OnDemandOptions } from '../core/on-demand-options.ts';
import type { ResolvedRestartPolicy } from '../core/restart-policy.ts';
import type { InstanceOutput } from '../machines/instance-machine.ts';
import type { CallTelemetry } from '../telemetry/call-telemetry.ts';
import type { CompiledModule } from '../threads/module-store.ts';
import type { CapabilityDesk } from './capability-desk.ts';
import type { MemberGone, Membership } from './group-membership.ts';
import type { GuestCarriers } from './guest-carriers.ts';
import type { InstanceActor } from './instance-actor.ts';
import { InstanceFactory, named } from './instance-factory.ts';
import type { SleepListener } from './instance-parts.ts';
import { InstanceRoll } from './instance-roll.ts';
import { OnDemandInstances } from './on-demand-instances.ts';
import type { OutputLog } from './output-log.ts';
import type { Sleeper } from './sleepers.ts';
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
  readonly outputs: OutputLog | undefined;
  readonly telemetry: CallTelemetry | undefined;
  /** Ended instances that can still be queried. */
  readonly endedKept: number;
  readonly onDemand: Required<OnDemandOptions>;
}

/** Every instance of this node: those alive under supervision, and how the latest others ended. */
export class InstanceDirectory {
  /** Who is there, to be asked. */
  readonly roll: InstanceRoll;
  /** How long calls took, from their request to their answer. */
  readonly latencies: LatencyBuckets = LatencyBuckets.fine();
  readonly #parts: DirectoryParts;
  readonly #tree: SupervisionTree;
  readonly #factory: InstanceFactory;
  readonly #onDemand: OnDemandInstances;
  /** Callers of `stop` that wait for the machine's end. */
  readonly #stopWaiters = new Map<string, (() => void)[]>();

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
    this.#factory = new InstanceFactory({ ...parts, latencies: this.latencies });
    const { nodeId, clock, random, logger, carriers } = parts;
    this.#onDemand = new OnDemandInstances({
      nodeId,
      clock,
      options: parts.onDemand,
      threads: carriers.shared,
      start: (id, sleeper, listener) => this.#wake(id, sleeper, listener),
      remove: (child) => this.#fellAsleep(child),
    });
    this.roll = new InstanceRoll(this.#onDemand.asleep, parts.endedKept, random);
    this.#tree = new SupervisionTree(
      { clock, random, intensity: SHARD_INTENSITY },
      {
        onEnded: (child, output) => this.#onEnded(child, output),
        onBroken: (child, message) => this.#onBroken(child, message),
      },
      logger,
    );
  }

  /** An instance that is supervised; one that sleeps wakes up. */
  find(id: string): InstanceActor | undefined {
    return this.roll.get(id) ?? this.#onDemand.wake(id);
  }

  /** How many sleep, and how many of those on demand do not. */
  get onDemand(): { readonly asleep: number; readonly awake: number } {
    return { asleep: this.#onDemand.asleep.size, awake: this.#onDemand.awake };
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
    if (spec.residency === 'on-demand') {
      this.#takeIn(id, spec, module);
      return;
    }
    const child = this.#factory.make(id, spec, module, { member });
    this.roll.put(child, this.roll.nextOrdinal());
    this.roll.ended.forget(id);
    const started = child.nextStart();
    this.#tree.start(child);
    try {
      await started;
    } catch (error) {
      await child.gone;
      throw error;
    }
  }

  #takeIn(id: string, spec: ResolvedInstanceSpec, module: CompiledModule): void {
    if (module.admitted.life === 'command') {
      throw invalidField('residency', 'a command has nothing to call; it runs once, at its start');
    }
    this.#onDemand.add(id, spec, module, this.roll.nextOrdinal());
    this.roll.ended.forget(id);
    const details = { residency: spec.residency, ...named(spec) };
    this.#parts.facts.append('instance_started', { instanceId: id, details });
  }

  #wake(id: string, { spec, module, ordinal, past }: Sleeper, sleep: SleepListener): InstanceActor {
    const child = this.#factory.make(id, spec, module, { past, sleep });
    this.roll.put(child, ordinal);
    this.#tree.start(child);
    return child;
  }

  #fellAsleep(child: InstanceActor): void {
    this.#tree.remove(child.parts.instanceId);
    this.roll.drop(child);
  }

  #onEnded(child: InstanceActor, { outcome }: InstanceOutput): void {
    const { instanceId } = child.parts;
    if (outcome !== 'start-failed') {
      const wasAsked = outcome === 'stopped';
      this.roll.ended.put(this.roll.record(child, wasAsked));
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
    const record = this.roll.record(child, false);
    this.roll.ended.put({
      ...record,
      info: { ...record.info, status: 'crashed', lifecycle: 'failed', lastExit: exit },
    });
    const details = { why: 'bug', message };
    this.#parts.facts.append('instance_failed', { ...child.place, details });
    this.#leave(instanceId, child);
    this.#tellGroup(child, { wasAsked: false });
  }

  #leave(instanceId: string, child: InstanceActor): void {
    if (this.roll.drop(child)) this.roll.keepCount(child.begun);
    this.#parts.desk.forget(instanceId);
    this.#factory.forget(instanceId);
    this.#onDemand.forget(instanceId);
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
    const sleeper = this.#onDemand.asleep.get(id);
    if (sleeper !== undefined) {
      this.#stopAsleep(id, sleeper);
      return;
    }
    const child = this.roll.get(id);
    if (child === undefined) {
      const ended = this.roll.endedOrThrow(id);
      this.roll.ended.put({ ...ended, wasAsked: true });
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

  #stopAsleep(id: string, sleeper: Sleeper): void {
    const { facts, desk } = this.#parts;
    this.roll.ended.put(this.#onDemand.asleep.stopped(id, sleeper));
    this.#onDemand.forget(id);
    this.roll.keepCount(sleeper.past.begun);
    desk.forget(id);
    this.#factory.forget(id);
    const details = { reason: 'killed', wasAsleep: true, ...named(sleeper.spec) };
    facts.append('instance_stopped', { instanceId: id, details });
  }

  /**
   * @throws `INSTANCE_NOT_FOUND`, `RESTART_POLICY_VIOLATION`, `INVALID_REQUEST`
   */
  async restart(id: string): Promise<void> {
    const sleeper = this.#onDemand.asleep.get(id);
    const child = this.roll.get(id);
    if (child?.isHeld === true) {
      throw invalidField('id', 'its group is restarting it', { instanceId: id });
    }
    if (child?.parts.member === undefined) {
      this.#checkPolicy(id, (child?.parts ?? sleeper)?.spec.restartPolicy);
    }
    if (sleeper !== undefined) {
      this.#restartAsleep(id, sleeper);
      return;
    }
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

  /** It has no life that could be ended; the next one begins when it wakes up. */
  #restartAsleep(id: string, sleeper: Sleeper): void {
    const { past, spec } = sleeper;
    this.#onDemand.asleep.put(id, { ...sleeper, past: { ...past, life: past.life + 1 } });
    const details = { restarts: past.life, wasAsleep: true, ...named(spec) };
    this.#parts.facts.append('instance_restarted', { instanceId: id, details });
  }

  #checkPolicy(id: string, own: ResolvedRestartPolicy | undefined): void {
    const policy = own ?? this.roll.endedOrThrow(id).info.restartPolicy;
    if (policy.policyType !== 'never' && this.roll.ended.get(id)?.info.status !== 'crashed') return;
    const why = policy.policyType === 'never' ? 'policy-never' : 'retries-exhausted';
    const message = `the restart policy forbids it (${why})`;
    throw new WasmatrixError('RESTART_POLICY_VIOLATION', message, { instanceId: id, why });
  }

  /**
   * An instance that is alive; one that sleeps wakes up.
   *
   * @throws `INSTANCE_NOT_FOUND`; `INVALID_REQUEST` when it has ended.
   */
  liveOrThrow(id: string): InstanceActor {
    const child = this.find(id);
    if (child !== undefined) return child;
    throw this.roll.notAlive(id);
  }

  /** Ends every machine at once; their threads are the registry's. */
  destroy(): void {
    const children = [...this.roll.live()];
    this.#onDemand.destroy();
    this.#tree.destroy();
    for (const child of children) this.#leave(child.parts.instanceId, child);
    this.roll.ended.clear();
  }
}
