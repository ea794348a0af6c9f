import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import type { Clock } from '../core/clock.ts';
import type { ProviderDefinition, ProviderEnvironment } from '../core/provider.ts';
import type { CallMeasures } from '../core/served-span.ts';
import type { ServedFact, ToldSpan } from '../protocol/fact-ring.ts';
import { ProviderFigures } from '../protocol/provider-figures.ts';
import type { ServingEnd } from '../protocol/provider-messages.ts';
import { CallAccount } from '../serving/call-account.ts';
import { CallerSession } from '../serving/caller-session.ts';
import { ProviderServer } from '../serving/provider-server.ts';
import { ServingChannel, type ServingPort } from '../serving/serving-channel.ts';
import type { CapabilityLink } from '../threads/capability-link.ts';
import type { ProviderLife } from './provider-life.ts';

/** What a life of a provider needs of the host. */
export interface LifeSurroundings {
  readonly providerId: string;
  readonly clock: Clock;
  readonly callTimeoutMs: number;
  readonly areCallsRecorded: boolean;
  readonly measures: CallMeasures;
  readonly deliver: ProviderEnvironment['deliver'];
  /** Takes the span of a call at once. */
  readonly trace: (span: ToldSpan) => void;
  /** Takes a fact at once. */
  readonly tell: (fact: ServedFact) => void;
  /**
   * Has facts that lie elsewhere fetched whenever the record is read or added to.
   *
   * @returns ends that.
   */
  readonly fetchFacts: (fetch: () => void) => () => void;
}

/** A provider that is served in the host's own thread: what closures of the host's need. */
export class InlineProviderLife implements ProviderLife {
  readonly figures: ProviderFigures = new ProviderFigures();
  /** The host's thread is not lost without the host. */
  readonly lost: Promise<string> = new Promise(() => undefined);
  readonly #surroundings: LifeSurroundings;
  readonly #load: () => Promise<ProviderDefinition>;
  readonly #channels = new Set<ServingChannel>();
  #server: ProviderServer | undefined;
  #isDestroyed = false;

  constructor(load: () => Promise<ProviderDefinition>, surroundings: LifeSurroundings) {
    this.#load = load;
    this.#surroundings = surroundings;
  }

  async prepare(): Promise<void> {
    await this.#load();
  }

  async open(config: Readonly<Record<string, unknown>>, inherited: unknown): Promise<string> {
    const { providerId, clock, callTimeoutMs, deliver, tell } = this.#surroundings;
    const definition = await this.#load();
    const { figures } = this;
    const { areCallsRecorded, measures, trace } = this.#surroundings;
    const account = new CallAccount({
      clock,
      figures,
      tell,
      areCallsRecorded,
      measures,
      trace,
    });
    const server = new ProviderServer({ providerId, definition, clock, callTimeoutMs, account });
    await server.open(config, {
      providerId,
      inherited,
      deliver,
      noteOverflow: (instanceId, details) => account.overflowed(instanceId, details),
    });
    if (this.#isDestroyed) {
      await server.close();
      throw new Error('the provider was given up before it was there');
    }
    this.#server = server;
    return definition.type;
  }

  /** Of one that has been opened. */
  get #opened(): ProviderServer {
    if (this.#server === undefined) throw new Error('the provider has not been opened');
    return this.#server;
  }

  async checkAssignment(assignment: CapabilityAssignment): Promise<void> {
    this.#opened.checkAssignment(assignment);
  }

  assign(instanceId: string, assignment: CapabilityAssignment): Promise<void> {
    return this.#opened.assign(instanceId, assignment);
  }

  revoke(instanceId: string, capabilityId: string): Promise<void> {
    return this.#opened.revoke(instanceId, capabilityId);
  }

  forget(instanceId: string): void {
    this.#opened.forget(instanceId);
  }

  connect(instanceId: string, { servingEnd }: CapabilityLink): void {
    const server = this.#opened;
    const session = new CallerSession(instanceId);
    server.admit(session);
    const channel = new ServingChannel(
      servingEnd as unknown as ServingEnd<ServingPort>,
      (call, isTentative) => server.serve(session, call, isTentative),
    );
    this.#channels.add(channel);
    servingEnd.port.on('close', () => {
      server.dismiss(session);
      this.#channels.delete(channel);
    });
  }

  pause(deadlineMs: number): Promise<boolean> {
    return this.#opened.pause(deadlineMs);
  }

  async resume(): Promise<void> {
    this.#opened.resume();
  }

  async handOver(): Promise<unknown> {
    return this.#opened.handOver();
  }

  async metadata(): Promise<Readonly<Record<string, unknown>>> {
    return this.#server?.metadata() ?? {};
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  async destroy(): Promise<void> {
    this.#isDestroyed = true;
    this.#server?.abandon();
    for (const channel of this.#channels) channel.close();
    this.#channels.clear();
  }
}
