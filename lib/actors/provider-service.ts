import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import type { Clock } from '../core/clock.ts';
import { invalidField, isWasmatrixError, messageOf, WasmatrixError } from '../core/errors.ts';
import { withinDeadline } from '../core/within-deadline.ts';
import type { CapabilityLink } from '../threads/capability-link.ts';
import type { GuestLinks } from '../threads/guest-links.ts';
import type { ProviderLife } from './provider-life.ts';

/** The longest calls under way hold up a stop or an update, in milliseconds. */
export const DRAIN_DEADLINE_MS = 5_000;
/** What a thread may need beyond a deadline of its own to tell that it has passed. */
const MARGIN_MS = 1_000;
/** The longest a start waits for the state. */
const OPEN_DEADLINE_MS = 30_000;
/** The longest a stop waits for the state to be given back. */
export const CLOSE_DEADLINE_MS = 10_000;

/** The longest that a list of providers waits for one of them. */
const METADATA_DEADLINE_MS = 1_000;

/** A life of a provider and the guests that are connected to it. */
export class ProviderService {
  readonly life: ProviderLife;
  readonly #providerId: string;
  readonly #providerType: string;
  readonly #clock: Clock;
  readonly #links = new Map<GuestLinks, CapabilityLink>();

  constructor(providerId: string, providerType: string, life: ProviderLife, clock: Clock) {
    this.life = life;
    this.#providerId = providerId;
    this.#providerType = providerType;
    this.#clock = clock;
  }

  /**
   * @throws what the provider says; `TIMEOUT` after 30 seconds; `INVALID_REQUEST` if it is of another
   * type; `STORAGE_ERROR` for anything that is no error of ours, such as the loss of its thread.
   */
  async open(config: Readonly<Record<string, unknown>>, inherited: unknown): Promise<void> {
    const complaint = 'the provider did not start in time';
    const opened = this.life.open(config, inherited).catch((error: unknown) => {
      throw this.#typed(error);
    });
    const type = await withinDeadline(opened, OPEN_DEADLINE_MS, this.#clock, complaint);
    if (type === this.#providerType) return;
    throw invalidField('providerType', `the module's definition is of "${type}"`);
  }

  /**
   * Opens with what another life hands over, which begins no further operation from then on.
   *
   * @param assignments - what it must be able to serve.
   * @throws what `open` and `check` throw; `TIMEOUT` if calls under way do not end in time.
   */
  async takeOver(
    former: ProviderService,
    config: Readonly<Record<string, unknown>>,
    assignments: Iterable<readonly [string, CapabilityAssignment]>,
  ): Promise<void> {
    const prepared = this.life.prepare();
    const complaint = 'the new provider was not loaded in time';
    // Before the former life is held up: to load a thread takes much longer than to take over.
    await withinDeadline(prepared, OPEN_DEADLINE_MS, this.#clock, complaint).catch(
      (error: unknown) => {
        throw this.#typed(error);
      },
    );
    if (!(await former.pause(DRAIN_DEADLINE_MS))) {
      throw new WasmatrixError('TIMEOUT', 'calls under way did not end in time');
    }
    await this.open(config, await former.#handOver());
    for (const [, assignment] of assignments) await this.check(assignment);
  }

  async #handOver(): Promise<unknown> {
    const complaint = 'the provider did not hand its state over in time';
    const handedOver = this.life.handOver().catch((error: unknown) => {
      throw this.#typed(error, 'could not hand its state over');
    });
    return withinDeadline(handedOver, CLOSE_DEADLINE_MS, this.#clock, complaint);
  }

  #typed(error: unknown, what = 'could not start'): WasmatrixError {
    if (isWasmatrixError(error)) return error;
    const message = `the provider ${what}: ${messageOf(error)}`;
    const details = { providerId: this.#providerId };
    return new WasmatrixError('STORAGE_ERROR', message, details, { cause: error });
  }

  /** @throws `INVALID_REQUEST` naming the field; `TIMEOUT` */
  async check(assignment: CapabilityAssignment): Promise<void> {
    const complaint = 'the provider did not check the assignment in time';
    const checked = this.life.checkAssignment(assignment).catch((error: unknown) => {
      throw this.#typed(error, 'could not check the assignment');
    });
    await withinDeadline(checked, CLOSE_DEADLINE_MS, this.#clock, complaint);
  }

  /** What the provider tells of itself; nothing if it cannot, or takes long. */
  async metadata(): Promise<Readonly<Record<string, unknown>>> {
    const told = this.life.metadata();
    return withinDeadline(told, METADATA_DEADLINE_MS, this.#clock, 'no answer').catch(() => ({}));
  }

  /** Opens a way for one life of an instance. */
  connect(links: GuestLinks): void {
    const link = links.connect(this.#providerId, this.#providerType);
    this.#links.set(links, link);
    this.life.connect(links.instanceId, link);
  }

  /** That life is over. */
  drop(links: GuestLinks): void {
    this.#links.delete(links);
  }

  /** Tells every guest that nobody is there any more; what is under way may still be answered. */
  disconnect(): void {
    // The links stay as they are: while somebody may still begin what is asked there, the guest must
    // not take it for not done.
    for (const links of this.#links.keys()) {
      links.disconnect(this.#providerId, this.#providerType);
    }
  }

  /** Begins no further operation; resolves with whether those under way have ended in time. */
  async pause(deadlineMs: number): Promise<boolean> {
    const paused = this.life.pause(deadlineMs);
    const complaint = 'the provider does not answer';
    return withinDeadline(paused, deadlineMs + MARGIN_MS, this.#clock, complaint).catch(
      () => false,
    );
  }

  /** Serves again after a pause. */
  async resume(): Promise<void> {
    // One that is lost meanwhile is followed by another.
    await this.life.resume().catch(() => undefined);
    for (const links of this.#links.keys()) links.wake();
  }

  /**
   * Gives the provider's state back.
   *
   * @throws what the provider says; `TIMEOUT` after 10 seconds.
   */
  async giveBack(): Promise<void> {
    const complaint = 'the provider did not close in time';
    await withinDeadline(this.life.close(), CLOSE_DEADLINE_MS, this.#clock, complaint);
  }

  /**
   * Ends the life, which begins nothing any more, and answers whoever still waits for it.
   *
   * @param wasBegun - whether what they asked for may have been begun.
   */
  async destroy(wasBegun: boolean): Promise<void> {
    for (const link of this.#links.values()) link.close();
    await this.life.destroy();
    for (const link of this.#links.values()) link.settle(wasBegun);
    this.#links.clear();
  }
}
