import { type Actor, createActor } from 'xstate';
import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf, WasmatrixError } from '../core/errors.ts';
import type { ExecutionEventType } from '../core/execution-event.ts';
import type { ProviderPlan } from '../core/provider-config.ts';
import { settlesWithin } from '../core/settles-within.ts';
import { type ProviderLifeReport, providerMachine } from '../machines/provider-machine.ts';
import type { GuestLinks } from '../threads/guest-links.ts';
import { machineClock } from './machine-clock.ts';
import type { ProviderInfo } from './provider-info.ts';
import type { ProviderLife } from './provider-life.ts';
import { CLOSE_DEADLINE_MS, DRAIN_DEADLINE_MS, ProviderService } from './provider-service.ts';
import { statusOf } from './provider-status.ts';
import { ProviderTotals } from './provider-totals.ts';

type Report = (report: ProviderLifeReport) => void;

/** What a provider works with. */
export interface ProviderActorParts {
  readonly providerId: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** Makes a life; it is opened later. */
  readonly newLife: (plan: ProviderPlan) => ProviderLife;
  /** What is assigned of this provider at this moment, by instance. */
  readonly assignments: () => Iterable<readonly [string, CapabilityAssignment]>;
  /** The lives of instances that are to be connected at this moment. */
  readonly links: () => Iterable<GuestLinks>;
  readonly onFact: (type: ExecutionEventType, details: Readonly<Record<string, unknown>>) => void;
}

/**
 * One provider: its lifecycle as a machine, and the life that serves now. The machine decides, this
 * acts; calls go past both, from the guest's thread to where the life serves.
 */
export class ProviderActor {
  readonly providerId: string;
  readonly #parts: ProviderActorParts;
  readonly #machine: Actor<typeof providerMachine>;
  readonly #startedAt: string;
  #plan: ProviderPlan;
  #service: ProviderService | undefined;
  #reportLoss: (message: string) => void = () => undefined;
  #opening: Promise<void> = Promise.resolve();
  #startError: unknown;
  /** Calls of lives that are over. */
  readonly #before = new ProviderTotals();
  #updating: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** Lives that are over and still give something back. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(plan: ProviderPlan, parts: ProviderActorParts) {
    this.providerId = parts.providerId;
    this.#plan = plan;
    this.#parts = parts;
    const { clock, random, onFact } = parts;
    this.#startedAt = new Date(clock.now()).toISOString();
    this.#machine = createActor(providerMachine, {
      clock: machineClock(clock),
      input: {
        restartPolicy: plan.restartPolicy,
        dependencies: { clock, random, beginLife: (...life) => this.#beginLife(...life) },
      },
    });
    this.#machine.subscribe({ error: () => undefined });
    this.#machine.on('fact', ({ fact, details }) => onFact(fact, details));
  }

  get providerType(): string {
    return this.#plan.providerType;
  }

  /** Whether calls are served. */
  get isReady(): boolean {
    return this.status === 'ready';
  }

  get status(): ProviderInfo['status'] {
    return statusOf(this.#machine.getSnapshot());
  }

  /**
   * Begins the first life; resolves when it serves.
   *
   * @throws `INVALID_REQUEST` for a bad configuration, `STORAGE_ERROR` for a store that fails,
   * `CAPABILITY_NOT_FOUND` where it was stopped meanwhile, `TIMEOUT` after 30 seconds.
   */
  async start(): Promise<void> {
    this.#machine.start();
    await this.#opening;
    if (!this.isReady) throw this.#startError ?? this.#notRunning();
  }

  #beginLife(life: number, report: Report): () => void {
    const service = this.#newService(this.#plan);
    this.#service = service;
    this.#reportLoss = (message) => report({ type: 'life.ended', life, message });
    this.#watch(service);
    this.#opening = this.#open(service, life, report);
    return () => this.#leave();
  }

  #newService(plan: ProviderPlan): ProviderService {
    const { newLife, clock } = this.#parts;
    return new ProviderService(this.providerId, plan.providerType, newLife(plan), clock);
  }

  #watch(service: ProviderService): void {
    void service.life.lost.then((message) => {
      if (this.#service === service) this.#reportLoss(message);
    });
  }

  async #open(service: ProviderService, life: number, report: Report): Promise<void> {
    try {
      await service.open(this.#plan.config, undefined);
      if (this.#closing !== undefined) await service.giveBack();
    } catch (error) {
      // One that was stopped while it started has not crashed.
      if (this.#closing !== undefined) return;
      this.#startError = error;
      report({ type: 'life.ended', life, message: messageOf(error) });
      return;
    }
    if (this.#service !== service || this.#closing !== undefined) return;
    this.#fill(service);
    report({ type: 'life.opened', life });
  }

  #notRunning(): WasmatrixError {
    const details = { providerId: this.providerId };
    return new WasmatrixError('CAPABILITY_NOT_FOUND', 'the provider is not running', details);
  }

  /** Tells a life what has been assigned, and connects whoever has something of it. */
  #fill(service: ProviderService): void {
    for (const [instanceId, assignment] of this.#parts.assignments()) {
      service.life.assign(instanceId, assignment).catch(() => undefined);
    }
    for (const links of this.#parts.links()) service.connect(links);
  }

  /** The service of the moment is over, for whatever reason. */
  #leave(): void {
    const service = this.#service;
    if (service === undefined) return;
    this.#retire(service);
    this.#service = undefined;
    service.disconnect();
    const leaving = service.destroy(true).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  #retire({ life: { figures } }: ProviderService): void {
    this.#before.add(figures);
  }

  /** Opens a way to this provider for one life of an instance. */
  connect(links: GuestLinks): void {
    if (this.#service !== undefined && this.isReady) this.#service.connect(links);
    else links.disconnect(this.providerId, this.providerType);
  }

  /** That life is over. */
  drop(links: GuestLinks): void {
    this.#service?.drop(links);
  }

  /**
   * Lets the provider check an assignment.
   *
   * @throws `INVALID_REQUEST` naming the field; `CAPABILITY_NOT_FOUND` while nobody is there to ask.
   */
  async check(assignment: CapabilityAssignment): Promise<void> {
    if (this.status === 'starting') await this.#opening;
    if (!this.isReady) throw this.#notRunning();
    await this.#service?.check(assignment);
  }

  /** Gives a grant; resolves when a former one of its id serves no call any more. */
  async assign(instanceId: string, assignment: CapabilityAssignment): Promise<void> {
    // A life that is lost meanwhile is followed by one that is told everything anew.
    if (this.isReady)
      await this.#service?.life.assign(instanceId, assignment).catch(() => undefined);
  }

  /** Takes a grant away; resolves when no call is served by it any more. */
  async revoke(instanceId: string, capabilityId: string): Promise<void> {
    // A life that is lost meanwhile serves nobody.
    if (this.status === 'ready' || this.status === 'draining') {
      await this.#service?.life.revoke(instanceId, capabilityId).catch(() => undefined);
    }
  }

  /** The instance has ended. */
  forget(instanceId: string): void {
    if (this.isReady) this.#service?.life.forget(instanceId);
  }

  /**
   * Puts another implementation or configuration in the place of the present one. Calls that come
   * meanwhile wait; none is lost and none is made twice. If it fails, everything is as before.
   *
   * @throws what the new life's start throws; `TIMEOUT` if calls under way do not end in time;
   * `CAPABILITY_NOT_FOUND` if the provider does not run.
   */
  async update(plan: ProviderPlan): Promise<void> {
    const updating = this.#updating.then(() => this.#update(plan));
    this.#updating = updating.catch(() => undefined);
    await updating;
  }

  async #update(plan: ProviderPlan): Promise<void> {
    const former = this.#closing === undefined && this.isReady ? this.#service : undefined;
    if (former === undefined) throw this.#notRunning();
    const next = this.#newService(plan);
    try {
      await next.takeOver(former, plan.config, this.#parts.assignments());
      if (this.#service !== former || !this.isReady) throw this.#notRunning();
    } catch (error) {
      await next.giveBack().catch(() => undefined);
      await next.destroy(false);
      await former.resume();
      throw error;
    }
    this.#plan = plan;
    this.#machine.send({ type: 'provider.updated', restartPolicy: plan.restartPolicy });
    this.#retire(former);
    this.#service = next;
    this.#watch(next);
    this.#fill(next);
    await former.giveBack().catch(() => undefined);
    await former.destroy(false);
  }

  /**
   * Admits no further call, waits for those under way, closes. Idempotent.
   *
   * @param drainMs - the longest that calls under way are waited for.
   * @throws `TIMEOUT` if the state is not given back within 10 seconds, or what that throws.
   */
  close(drainMs: number = DRAIN_DEADLINE_MS): Promise<void> {
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  async #close(drainMs: number): Promise<void> {
    await this.#updating;
    // What is being opened is given back when it is there: until then its thread must not end.
    await settlesWithin(this.#opening, CLOSE_DEADLINE_MS, this.#parts.clock);
    const service = this.isReady ? this.#service : undefined;
    this.#machine.send({ type: 'provider.stop' });
    try {
      if (service !== undefined) await this.#drain(service, drainMs);
    } finally {
      this.#machine.send({ type: 'provider.drained' });
      await Promise.all(this.#leaving);
    }
  }

  async #drain(service: ProviderService, drainMs: number): Promise<void> {
    service.disconnect();
    const isDrained = await service.pause(drainMs);
    try {
      await service.giveBack();
    } finally {
      // It may have been lost meanwhile, and then it has left already.
      if (this.#service === service) {
        this.#retire(service);
        this.#service = undefined;
        await service.destroy(!isDrained);
      }
    }
  }

  /** Calls since the start, in the lives before and in the present one. */
  get totals(): ProviderTotals {
    const totals = new ProviderTotals();
    totals.add(this.#before);
    if (this.#service !== undefined) totals.add(this.#service.life.figures);
    return totals;
  }

  async info(): Promise<ProviderInfo> {
    const { served, denied } = this.totals;
    return {
      providerId: this.providerId,
      providerType: this.providerType,
      status: this.status,
      placement: this.#plan.placement,
      startedAt: this.#startedAt,
      restarts: Math.max(0, this.#machine.getSnapshot().context.life - 1),
      calls: served + denied,
      metadata: this.isReady ? ((await this.#service?.metadata()) ?? {}) : {},
    };
  }
}
