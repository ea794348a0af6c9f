import { type Actor, createActor, waitFor } from 'xstate';
import type { Clock } from '../core/clock.ts';
import { isWasmatrixError, messageOf, WasmatrixError } from '../core/errors.ts';
import type { ProviderDefinition, ProviderEnvironment } from '../core/provider.ts';
import { settlesWithin } from '../core/settles-within.ts';
import { providerMachine } from '../machines/provider-machine.ts';
import { machineClock } from './supervision-shard.ts';

/**
 * What is known of a provider.
 *
 * @public
 */
export interface ProviderInfo {
  readonly providerId: string;
  readonly providerType: string;
  readonly status: 'starting' | 'ready' | 'draining' | 'stopped' | 'crashed';
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Calls served, refused or failed since it was started. */
  readonly calls: number;
  /** What the provider tells of itself. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The longest a start waits for the state. */
const OPEN_DEADLINE_MS = 30_000;

/** The longest a stop waits for calls or for an opening under way, and for the state to be closed. */
const CLOSE_DEADLINE_MS = 10_000;

/** One provider: its lifecycle as a machine, its state, and the calls it serves now. */
export class ProviderActor {
  readonly providerId: string;
  readonly definition: ProviderDefinition;
  readonly #machine: Actor<typeof providerMachine>;
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #startedAt: string;
  readonly #clock: Clock;
  #opening: Promise<void> = Promise.resolve();
  #state: unknown;
  #hasState = false;
  #underWay = 0;
  #calls = 0;
  #closing: Promise<void> | undefined;

  constructor(
    providerId: string,
    definition: ProviderDefinition,
    config: Readonly<Record<string, unknown>>,
    clock: Clock,
  ) {
    this.providerId = providerId;
    this.definition = definition;
    this.#config = config;
    this.#clock = clock;
    this.#startedAt = new Date(clock.now()).toISOString();
    this.#machine = createActor(providerMachine, { clock: machineClock(clock) });
    this.#machine.subscribe({ error: () => undefined });
    this.#machine.start();
  }

  /** Whether calls are admitted. */
  get isReady(): boolean {
    return this.#machine.getSnapshot().value === 'ready';
  }

  /** The provider's state, for the operation that is being served. */
  get state(): unknown {
    return this.#state;
  }

  /**
   * Makes the state.
   *
   * @throws `INVALID_REQUEST` for a bad configuration, `STORAGE_ERROR` for a store that fails,
   * `CAPABILITY_NOT_FOUND` where it was closed meanwhile, `TIMEOUT` after 30 seconds.
   */
  open(): Promise<void> {
    const opened = this.#open();
    this.#opening = opened.catch(() => undefined);
    return opened;
  }

  async #open(): Promise<void> {
    const opening = this.#newState();
    if (!(await settlesWithin(opening, OPEN_DEADLINE_MS, this.#clock))) {
      // It is too late for it to be used, not for it to be given back.
      void opening.then((late) => this.#giveBack(late)).catch(() => undefined);
      throw this.#tooLate('the provider did not start in time');
    }
    const state = await opening;
    if (this.#closing !== undefined) {
      await this.#giveBack(state);
      const message = 'the provider was stopped while it started';
      throw new WasmatrixError('CAPABILITY_NOT_FOUND', message, { providerId: this.providerId });
    }
    this.#state = state;
    this.#hasState = true;
    this.#machine.send({ type: 'provider.opened' });
  }

  #tooLate(message: string): WasmatrixError {
    this.#fail(message);
    return new WasmatrixError('TIMEOUT', message, { providerId: this.providerId });
  }

  #fail(message: string): void {
    if (this.#machine.getSnapshot().status !== 'active') return;
    this.#machine.send({ type: 'provider.failed', message });
  }

  /** Closes a state; not even a closing that never ends is waited for for ever. */
  async #giveBack(state: unknown): Promise<void> {
    const closing = Promise.resolve(this.definition.close?.(state));
    if (await settlesWithin(closing, CLOSE_DEADLINE_MS, this.#clock)) return closing;
    throw this.#tooLate('the provider did not close in time');
  }

  async #newState(): Promise<unknown> {
    const environment: ProviderEnvironment = {
      providerId: this.providerId,
      deliver: () => Promise.resolve('gone'),
      noteOverflow: () => undefined,
    };
    try {
      return await this.definition.open(this.#config, environment);
    } catch (error) {
      this.#fail(messageOf(error));
      if (isWasmatrixError(error)) throw error;
      const message = `the provider could not start: ${messageOf(error)}`;
      const details = { providerId: this.providerId };
      throw new WasmatrixError('STORAGE_ERROR', message, details, { cause: error });
    }
  }

  /** Counts a call, for the figures. */
  countCall(): void {
    this.#calls += 1;
  }

  /** Counts a call in; the returned function counts it out. */
  enter(): () => void {
    this.#underWay += 1;
    return () => {
      this.#underWay -= 1;
      if (this.#underWay === 0 && this.#closing !== undefined) {
        this.#machine.send({ type: 'provider.drained' });
      }
    };
  }

  /**
   * Admits no further call, waits for those under way within a deadline, closes. Idempotent.
   *
   * @throws `TIMEOUT` if the state is not closed within 10 seconds, or what its closing throws.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#machine.send({ type: 'provider.stop' });
    if (this.#underWay === 0) this.#machine.send({ type: 'provider.drained' });
    await waitFor(this.#machine, ({ status }) => status === 'done', {
      timeout: CLOSE_DEADLINE_MS,
    }).catch(() => undefined);
    // An opening under way gives back by itself what it still opens.
    await settlesWithin(this.#opening, CLOSE_DEADLINE_MS, this.#clock);
    if (!this.#hasState) return;
    this.#hasState = false;
    const state = this.#state;
    this.#state = undefined;
    await this.#giveBack(state);
  }

  info(): ProviderInfo {
    return {
      providerId: this.providerId,
      providerType: this.definition.type,
      status: this.#machine.getSnapshot().value,
      startedAt: this.#startedAt,
      calls: this.#calls,
      metadata: this.#metadata(),
    };
  }

  #metadata(): Readonly<Record<string, unknown>> {
    if (!this.#hasState) return {};
    try {
      return this.definition.metadata?.(this.#state) ?? {};
    } catch {
      // One that cannot tell of itself must not hide the others.
      return {};
    }
  }
}
