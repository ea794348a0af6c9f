import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import { errorFromResponse } from '../core/errors.ts';
import { FactReader, newFactRing } from '../protocol/fact-ring.ts';
import { ProviderFigures } from '../protocol/provider-figures.ts';
import type { ProviderReply, ProviderThreadData } from '../protocol/provider-messages.ts';
import type { CapabilityLink } from '../threads/capability-link.ts';
import type { CapacityClaim } from '../threads/capacity-governor.ts';
import { ProviderThread } from '../threads/provider-thread.ts';
import type { LifeSurroundings } from './inline-provider-life.ts';
import type { ProviderLife } from './provider-life.ts';

/** How long somebody waits for a provider to open, and to tell of itself. */
const OPEN_HOLD_MS = 30_000;
const METADATA_HOLD_MS = 1_000;
/** How often a thread that must not be stuck is looked at. */
const WATCH_MS = 250;
/** No thread is taken for stuck earlier, because a busy machine may keep any thread waiting. */
const LEAST_STUCK_MS = 1_000;
const MOST_STUCK_MS = 5_000;

/** A provider that is served in a thread of its own, which it may lose without harm to others. */
export class ThreadProviderLife implements ProviderLife {
  readonly figures: ProviderFigures = new ProviderFigures();
  readonly lost: Promise<string>;
  readonly #thread: ProviderThread;
  readonly #facts: FactReader;
  readonly #surroundings: LifeSurroundings;
  readonly #endFetching: () => void;
  /** Facts that there was no room for, to be told with the next one. */
  #unrecorded = 0;
  #watch: unknown;
  readonly #stuckMs: number;
  #looksWithoutPulse = 0;
  #hangs = false;
  #isEnding = false;

  constructor(
    source: ProviderThreadData['source'],
    heapMb: number,
    claim: CapacityClaim,
    surroundings: LifeSurroundings,
  ) {
    this.#surroundings = surroundings;
    const { providerId, callTimeoutMs, areCallsRecorded, measures, deliver } = surroundings;
    this.#stuckMs = Math.min(MOST_STUCK_MS, Math.max(LEAST_STUCK_MS, callTimeoutMs));
    const facts = newFactRing();
    this.#facts = new FactReader(facts);
    const figures = this.figures.buffer;
    this.#thread = new ProviderThread(
      { providerId, source, facts, figures, callTimeoutMs, areCallsRecorded, measures },
      heapMb,
      { deliver, onFacts: () => this.#fetchFacts() },
    );
    this.#endFetching = surroundings.fetchFacts(() => this.#fetchFacts());
    const { promise, resolve } = Promise.withResolvers<string>();
    this.lost = promise;
    this.#thread.ready.then(
      () => claim.settle(),
      () => claim.end(),
    );
    void this.#thread.ended.then(({ message }) => {
      claim.end();
      this.#surroundings.clock.clearTimeout(this.#watch);
      const stuck = `the provider's thread was stuck for ${this.#stuckMs} ms`;
      if (!this.#isEnding) resolve(this.#hangs ? stuck : message);
    });
  }

  prepare(): Promise<void> {
    return this.#thread.ready;
  }

  async open(config: Readonly<Record<string, unknown>>, inherited: unknown): Promise<string> {
    const reply = await this.#thread.ask(
      (control) => control.open(config, inherited),
      OPEN_HOLD_MS,
    );
    const { providerType } = valueOf(reply);
    this.#look(this.figures.pulse);
    return providerType;
  }

  /** Ends a thread that gives no sign of life for too long: nobody could be served by it. */
  #look(pulse: number): void {
    const { clock } = this.#surroundings;
    const timer = clock.setTimeout(() => {
      const now = this.figures.pulse;
      this.#looksWithoutPulse = now === pulse ? this.#looksWithoutPulse + 1 : 0;
      if (this.#looksWithoutPulse * WATCH_MS < this.#stuckMs) {
        this.#look(now);
        return;
      }
      this.#hangs = true;
      void this.#thread.terminate();
    }, WATCH_MS);
    // To watch is no reason to keep a process alive.
    (timer as Partial<NodeJS.Timeout>).unref?.();
    this.#watch = timer;
  }

  async checkAssignment(assignment: CapabilityAssignment): Promise<void> {
    valueOf(await this.#thread.ask((control) => control.checkAssignment(assignment)));
  }

  async assign(instanceId: string, assignment: CapabilityAssignment): Promise<void> {
    valueOf(await this.#thread.ask((control) => control.assign(instanceId, assignment)));
  }

  async revoke(instanceId: string, capabilityId: string): Promise<void> {
    valueOf(await this.#thread.ask((control) => control.revoke(instanceId, capabilityId)));
  }

  forget(instanceId: string): void {
    // A thread that is gone has forgotten everything.
    void this.#thread.ask((control) => control.forget(instanceId)).catch(() => undefined);
  }

  connect(instanceId: string, { servingEnd }: CapabilityLink): void {
    this.#thread.connect(instanceId, servingEnd);
  }

  async pause(deadlineMs: number): Promise<boolean> {
    return this.#thread.ask((control) => control.pause(deadlineMs));
  }

  async resume(): Promise<void> {
    await this.#thread.ask((control) => control.resume());
  }

  async handOver(): Promise<unknown> {
    return valueOf(await this.#thread.ask((control) => control.handOver()));
  }

  async metadata(): Promise<Readonly<Record<string, unknown>>> {
    return this.#thread.ask((control) => control.metadata(), METADATA_HOLD_MS);
  }

  async close(): Promise<void> {
    this.#isEnding = true;
    valueOf(await this.#thread.ask((control) => control.close()));
  }

  async destroy(): Promise<void> {
    this.#isEnding = true;
    await this.#thread.terminate();
    this.#fetchFacts();
    this.#endFetching();
  }

  #fetchFacts(): void {
    const { tell, trace } = this.#surroundings;
    const lost = this.#facts.drain((fact) => {
      const unrecorded = this.#unrecorded;
      this.#unrecorded = 0;
      tell(unrecorded === 0 ? fact : { ...fact, details: { ...fact.details, unrecorded } });
    }, trace);
    this.#unrecorded += lost;
  }
}

function valueOf<T>(reply: ProviderReply<T>): T {
  if (reply.isOk) return reply.value;
  throw errorFromResponse(reply.failure);
}
