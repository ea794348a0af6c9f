import type { DeliveredMessage, WireValue } from '../../../../lib/core/provider.ts';
import type { GuestHost } from '../../../guest.ts';
import { CapabilityRefused, GuestTrap } from '../../../guest-failure.ts';
import { HostResultError } from '../host-imports.ts';
import { ownProperty } from '../js-names.ts';

/** What the provider takes as a deadline, in milliseconds. */
const TIMEOUT_MS = { min: 1, max: 600_000 } as const;

/** What the provider takes as a number of replies. */
const REPLIES = { min: 1, max: 1_000 } as const;

/**
 * An argument that is an `u32`.
 *
 * @throws `GuestTrap` if the component declares it otherwise.
 * @internal
 */
export function wordOf(value: unknown): number {
  if (typeof value === 'number' && value >>> 0 === value) return value;
  throw new GuestTrap('the component declares an argument of an import that is not an u32');
}

/**
 * Operations of the messaging provider as one guest calls them through one interface. Answers are
 * checked, since anybody may write a provider.
 *
 * @throws `HostResultError` with what `errorOf` makes of a refusal, from every method.
 * @internal
 */
export class MessagingCalls {
  readonly #host: GuestHost;
  readonly #errorOf: (refused: CapabilityRefused) => unknown;

  /** @param errorOf - turns a refusal into the error of the interface. */
  constructor(host: GuestHost, errorOf: (refused: CapabilityRefused) => unknown) {
    this.#host = host;
    this.#errorOf = errorOf;
  }

  publish(topic: string, body: Uint8Array, replyTo: string | undefined): void {
    this.#perform('publish', [topic, body, replyTo]);
  }

  /** @param timeoutMs - left out, the provider has a deadline of its own. */
  request(topic: string, body: Uint8Array, timeoutMs: number | undefined): DeliveredMessage {
    const args = [topic, body, within(timeoutMs, TIMEOUT_MS)];
    return messageOf(this.#perform('request', args)) ?? this.#unexpected();
  }

  /** Waits for so many replies, or for those that come in time. */
  requestMany(
    topic: string,
    body: Uint8Array,
    timeoutMs: number | undefined,
    replies: number,
  ): readonly DeliveredMessage[] {
    const args = [topic, body, within(timeoutMs, TIMEOUT_MS), within(replies, REPLIES)];
    const answer = this.#perform('requestMany', args);
    if (!Array.isArray(answer)) return this.#unexpected();
    return Array.from(
      answer as readonly WireValue[],
      (reply) => messageOf(reply) ?? this.#unexpected(),
    );
  }

  #perform(operation: string, args: readonly WireValue[]): WireValue {
    try {
      return this.#host.call('messaging', operation, args);
    } catch (thrown) {
      if (thrown instanceof CapabilityRefused) throw new HostResultError(this.#errorOf(thrown));
      throw thrown;
    }
  }

  #unexpected(): never {
    const message = 'the provider answered in an unexpected form';
    throw new HostResultError(
      this.#errorOf(new CapabilityRefused({ code: 'STORAGE_ERROR', message })),
    );
  }
}

function within(
  value: number | undefined,
  range: { readonly min: number; readonly max: number },
): number | undefined {
  return value === undefined ? undefined : Math.min(Math.max(value, range.min), range.max);
}

function messageOf(value: WireValue): DeliveredMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const topic = ownProperty(value, 'topic');
  const body = ownProperty(value, 'body');
  const replyTo = ownProperty(value, 'replyTo') ?? undefined;
  if (typeof topic !== 'string' || !(body instanceof Uint8Array)) return undefined;
  if (replyTo === undefined) return { topic, body };
  return typeof replyTo === 'string' ? { topic, body, replyTo } : undefined;
}
