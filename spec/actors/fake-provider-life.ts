import type { ProviderLife } from '../../lib/actors/provider-life.ts';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { ProviderFigures } from '../../lib/protocol/provider-figures.ts';
import type { CapabilityLink } from '../../lib/threads/capability-link.ts';

/** What a spec has a life do otherwise than at once and well. */
export interface Behaviour {
  readonly open?: () => Promise<string>;
  readonly check?: (assignment: CapabilityAssignment) => Promise<void>;
  readonly revoke?: () => Promise<void>;
  readonly pause?: (deadlineMs: number) => Promise<boolean>;
  readonly handOver?: () => Promise<unknown>;
  readonly close?: () => Promise<void>;
}

/** A life of a provider that tells what it was asked, and is lost when a spec wants it. */
export class FakeProviderLife implements ProviderLife {
  readonly figures: ProviderFigures = new ProviderFigures();
  readonly lost: Promise<string>;
  /** What it was asked, in order. */
  readonly told: string[] = [];
  readonly opened: { readonly config: unknown; readonly inherited: unknown }[] = [];
  readonly links: CapabilityLink[] = [];
  isDestroyed = false;
  readonly #name: string;
  readonly #behaviour: Behaviour;
  readonly #all: string[];
  readonly #gone = Promise.withResolvers<never>();
  readonly #loss = Promise.withResolvers<string>();
  #isOver = false;

  /** @param all - what all lives were asked, each with its name. */
  constructor(name: string, behaviour: Behaviour, all: string[]) {
    this.#name = name;
    this.#behaviour = behaviour;
    this.#all = all;
    this.lost = this.#loss.promise;
    this.#gone.promise.catch(() => undefined);
  }

  /** Is over, as a thread that ends by itself. */
  lose(message: string): void {
    this.#isOver = true;
    this.#gone.reject(new Error(message));
    this.loseQuietly(message);
  }

  /** Tells its loss before those who have asked it something hear of that. */
  loseQuietly(message: string): void {
    this.#loss.resolve(message);
  }

  #asked<T>(what: string, answer: () => T | Promise<T>): Promise<T> {
    this.told.push(what);
    this.#all.push(`${this.#name} ${what}`);
    if (this.#isOver) return this.#gone.promise;
    return Promise.race([Promise.resolve().then(answer), this.#gone.promise]);
  }

  prepare(): Promise<void> {
    return this.#asked('prepare', () => undefined);
  }

  open(config: Readonly<Record<string, unknown>>, inherited: unknown): Promise<string> {
    this.opened.push({ config, inherited });
    return this.#asked('open', this.#behaviour.open ?? (() => 'mine'));
  }

  checkAssignment(assignment: CapabilityAssignment): Promise<void> {
    const { check } = this.#behaviour;
    return this.#asked(`check ${assignment.capabilityId}`, () => check?.(assignment));
  }

  assign(instanceId: string, { capabilityId }: CapabilityAssignment): Promise<void> {
    return this.#asked(`assign ${instanceId}/${capabilityId}`, () => undefined);
  }

  revoke(instanceId: string, capabilityId: string): Promise<void> {
    const { revoke = () => undefined } = this.#behaviour;
    return this.#asked<void>(`revoke ${instanceId}/${capabilityId}`, revoke);
  }

  forget(instanceId: string): void {
    void this.#asked(`forget ${instanceId}`, () => undefined).catch(() => undefined);
  }

  connect(instanceId: string, link: CapabilityLink): void {
    this.links.push(link);
    void this.#asked(`connect ${instanceId}`, () => undefined).catch(() => undefined);
  }

  pause(deadlineMs: number): Promise<boolean> {
    const { pause = () => true } = this.#behaviour;
    return this.#asked('pause', () => pause(deadlineMs));
  }

  resume(): Promise<void> {
    return this.#asked('resume', () => undefined);
  }

  handOver(): Promise<unknown> {
    const { handOver = () => `state of ${this.#name}` } = this.#behaviour;
    return this.#asked<unknown>('handOver', handOver);
  }

  metadata(): Promise<Readonly<Record<string, unknown>>> {
    return this.#asked('metadata', () => ({ is: this.#name }));
  }

  close(): Promise<void> {
    const { close = () => undefined } = this.#behaviour;
    return this.#asked<void>('close', close);
  }

  destroy(): Promise<void> {
    this.told.push('destroy');
    this.#all.push(`${this.#name} destroy`);
    this.isDestroyed = true;
    this.#isOver = true;
    for (const { servingEnd } of this.links) servingEnd.port.close();
    return Promise.resolve();
  }
}
