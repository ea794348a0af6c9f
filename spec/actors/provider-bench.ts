import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { AssignmentRegistry } from '../../lib/actors/assignment-registry.ts';
import { InlineProviderLife } from '../../lib/actors/inline-provider-life.ts';
import { ProviderActor } from '../../lib/actors/provider-actor.ts';
import type { ProviderLife } from '../../lib/actors/provider-life.ts';
import type { ProviderDefinition } from '../../lib/core/provider.ts';
import type { ProviderPlan } from '../../lib/core/provider-config.ts';
import { resolveRestartPolicy } from '../../lib/core/restart-policy.ts';
import type { RouteChange } from '../../lib/protocol/instance-messages.ts';
import { GuestLinks } from '../../lib/threads/guest-links.ts';
import { HandDrivenGuest } from '../serving/hand-driven-guest.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { settled } from '../thrown.ts';
import { type Behaviour, FakeProviderLife } from './fake-provider-life.ts';

export const BACKOFF_MS = 100;

/** A life of an instance whose steps a spec takes by hand. */
export class BenchGuest {
  readonly links: GuestLinks;
  /** What it was told of its routes: `up` or `down`. */
  readonly told: string[] = [];
  readonly #desk: HandDrivenGuest;
  #line: HandDrivenGuest | undefined;

  constructor(instanceId: string) {
    this.links = new GuestLinks(instanceId, 1_000, () => null);
    const { access } = this.links.handOver();
    this.#desk = new HandDrivenGuest(access.desk);
  }

  /** How often its routes have changed, or may have. */
  get changes(): number {
    return Atomics.load(this.#desk.slot.header, 4);
  }

  /** Its line to the provider at this moment; undefined while that does not run. */
  get line(): HandDrivenGuest | undefined {
    for (;;) {
      const received = receiveMessageOnPort(this.#desk.port);
      if (received === undefined) return this.#line;
      const { kind, route } = received.message as RouteChange | { kind: string; route?: never };
      if (kind !== 'wasmatrix.route' || route === undefined) continue;
      const { end } = route;
      this.told.push(end === undefined ? 'down' : 'up');
      this.#line = end === undefined ? undefined : new HandDrivenGuest(end);
      if (this.#line !== undefined) this.#ports.push(this.#line.port);
    }
  }

  readonly #ports: MessagePort[] = [];

  close(): void {
    this.links.close();
    for (const port of [...this.#ports, this.#desk.port]) port.close();
  }
}

/** One provider with all that it is told and tells. */
export class ProviderBench {
  readonly clock = new SimulatedClock();
  readonly registry = new AssignmentRegistry();
  readonly guests: BenchGuest[] = [];
  readonly facts: string[] = [];
  readonly lives: FakeProviderLife[] = [];
  /** What all lives were asked, in order. */
  readonly told: string[] = [];
  readonly actor: ProviderActor;
  readonly plan: ProviderPlan;
  /** What the lives to come do otherwise. */
  readonly behaviours: Behaviour[] = [];

  /** @param definition - served by inline lives; left out: lives are pretended. */
  constructor(extra: Partial<ProviderPlan> = {}, definition?: ProviderDefinition) {
    this.plan = {
      providerType: 'mine',
      providerId: 'p',
      config: { option: 1 },
      source: { kind: 'built-in', type: 'mine' },
      placement: 'inline',
      restartPolicy: resolveRestartPolicy({
        maxRetries: 2,
        backoff: { initialMs: BACKOFF_MS, factor: 1, jitter: 0 },
      }),
      callTimeoutMs: 60_000,
      heapMb: 64,
      ...extra,
    };
    this.actor = new ProviderActor(this.plan, {
      providerId: 'p',
      clock: this.clock,
      random: () => 0.5,
      newLife: ({ source }) => {
        const own = source.kind === 'definition' ? source.definition : definition;
        return own === undefined ? this.#fakeLife() : this.#inlineLife(own);
      },
      assignments: () => this.registry.ofProvider('p'),
      links: () => this.guests.map(({ links }) => links),
      onFact: (type, details) => this.facts.push(`${type} ${JSON.stringify(details)}`),
    });
  }

  #fakeLife(): ProviderLife {
    const name = String(this.lives.length + 1);
    const life = new FakeProviderLife(name, this.behaviours.shift() ?? {}, this.told);
    this.lives.push(life);
    return life;
  }

  #inlineLife(definition: ProviderDefinition): ProviderLife {
    return new InlineProviderLife(() => Promise.resolve(definition), {
      providerId: 'p',
      clock: this.clock,
      callTimeoutMs: this.plan.callTimeoutMs,
      areCallsRecorded: false,
      measures: { isTimed: false, isTraced: false },
      trace: () => undefined,
      deliver: () => Promise.resolve('gone'),
      tell: () => undefined,
      fetchFacts: () => () => undefined,
    });
  }

  get life(): FakeProviderLife {
    const life = this.lives.at(-1);
    if (life === undefined) throw new Error('no life has begun');
    return life;
  }

  /** Registers an assignment, and gives it as the desk does. */
  async give(instanceId: string, capabilityId = 'c'): Promise<void> {
    const assignment = { capabilityId, providerType: 'mine', permissions: ['mine:read'] };
    this.registry.put(instanceId, { assignment, providerId: 'p' });
    await this.actor.assign(instanceId, assignment);
  }

  /** Takes an assignment away as the desk does. */
  async take(instanceId: string, capabilityId = 'c'): Promise<void> {
    this.registry.remove(instanceId, capabilityId);
    await this.actor.revoke(instanceId, capabilityId);
  }

  /** Begins the life of an instance that has something of the provider. */
  guest(instanceId: string): BenchGuest {
    const guest = new BenchGuest(instanceId);
    this.guests.push(guest);
    this.actor.connect(guest.links);
    return guest;
  }

  /** Moves time on step by step, so that whoever waits has its turn between. */
  async pass(ms: number): Promise<void> {
    await settled();
    this.clock.advance(ms);
    await settled();
  }

  /** Has the present life lost, and waits for the next one. */
  async loseAndRestart(message = 'stuck'): Promise<void> {
    this.life.lose(message);
    await this.pass(BACKOFF_MS);
  }

  /** Gives the ports back. */
  close(): void {
    for (const guest of this.guests) guest.close();
    for (const { links } of this.lives) for (const { servingEnd } of links) servingEnd.port.close();
  }
}

/** Resolves as soon as something is so that takes turns of the event loop, but no time. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await settled();
}
