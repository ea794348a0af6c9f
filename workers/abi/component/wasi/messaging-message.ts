import type { DeliveredMessage } from '../../../../lib/core/provider.ts';
import { GuestTrap } from '../../../guest-failure.ts';
import { HostResource } from '../host-imports.ts';

/** Messages that a guest may hold; more are leaked ones. */
const MAX_MESSAGES = 4_096;
/** What they keep, in payloads. */
const MAX_MESSAGE_PAYLOADS = 8;
/** What a message or an entry of its metadata takes besides its content. */
const OVERHEAD_BYTES = 64;

/**
 * The messages that a guest holds, which are memory of the host's outside the guest's own limit; so
 * they are counted and weighed.
 *
 * @internal
 */
export class MessageBudget {
  readonly #maxBytes: number;
  #count = 0;
  #bytes = 0;

  constructor(payloadBytes: number) {
    this.#maxBytes = payloadBytes * MAX_MESSAGE_PAYLOADS;
  }

  /** The most bytes that all messages together may keep. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  /** Makes a message, or none if there is no room for it. */
  message(content: Partial<DeliveredMessage>): Message | undefined {
    if (this.#count >= MAX_MESSAGES) return undefined;
    const bytes = OVERHEAD_BYTES + contentBytes(content);
    if (!this.resize(0, bytes)) return undefined;
    this.#count++;
    return new Message(content, bytes, this);
  }

  /** Whether a message may keep so many bytes in place of those that it kept. */
  resize(before: number, after: number): boolean {
    if (this.#bytes - before + after > this.#maxBytes) return false;
    this.#bytes += after - before;
    return true;
  }

  /** Takes a message out of the count. */
  release(bytes: number): void {
    this.#count--;
    this.#bytes -= bytes;
  }
}

function contentBytes({ topic = '', body, replyTo = '' }: Partial<DeliveredMessage>): number {
  return (body?.byteLength ?? 0) + 2 * (topic.length + replyTo.length);
}

/**
 * `message`: what a guest has received, or what it is about to send. Content type and metadata stay
 * with it: the provider carries topics and bytes.
 *
 * @internal
 */
export class Message extends HostResource implements Disposable {
  /** Where it was received; undefined for one that the guest has made. */
  readonly topic: string | undefined;
  readonly replyTo: string | undefined;
  readonly #budget: MessageBudget;
  #data: Uint8Array;
  #contentType: string | undefined;
  #metadata: Map<string, string> | undefined;
  #bytes: number;
  #isGone = false;

  constructor(content: Partial<DeliveredMessage>, bytes: number, budget: MessageBudget) {
    super();
    this.topic = content.topic;
    this.replyTo = content.replyTo;
    this.#data = content.body ?? new Uint8Array();
    this.#bytes = bytes;
    this.#budget = budget;
  }

  get data(): Uint8Array {
    return this.#data;
  }

  /** @throws `GuestTrap` if there is no room for it, as every setter does. */
  set data(data: Uint8Array) {
    this.#exchange(this.#data.byteLength, data.byteLength);
    this.#data = data;
  }

  get contentType(): string | undefined {
    return this.#contentType;
  }

  set contentType(contentType: string) {
    this.#exchange(2 * (this.#contentType?.length ?? 0), 2 * contentType.length);
    this.#contentType = contentType;
  }

  /** Pairs of key and value, no two of one key. */
  get metadata(): readonly (readonly [string, string])[] | undefined {
    return this.#metadata && [...this.#metadata];
  }

  set metadata(entries: readonly (readonly [string, string])[]) {
    const metadata = new Map(entries);
    const before = this.#metadata === undefined ? 0 : entryBytes(this.#metadata);
    this.#exchange(before, entryBytes(metadata));
    this.#metadata = metadata;
  }

  /** Replaces the value of a key, if it has one. */
  addMetadata(key: string, value: string): void {
    const metadata = this.#metadata ?? new Map<string, string>();
    const before = metadata.get(key);
    const freed = before === undefined ? 0 : entryBytes([[key, before]]);
    this.#exchange(freed, entryBytes([[key, value]]));
    metadata.set(key, value);
    this.#metadata = metadata;
  }

  removeMetadata(key: string): void {
    const value = this.#metadata?.get(key);
    if (value === undefined) return;
    this.#exchange(entryBytes([[key, value]]), 0);
    this.#metadata?.delete(key);
  }

  /** Idempotent: a message that was sent is gone already when its handle is. */
  [Symbol.dispose](): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#budget.release(this.#bytes);
  }

  #exchange(before: number, after: number): void {
    if (!this.#budget.resize(before, after)) {
      throw new GuestTrap(`messages of more than ${this.#budget.maxBytes} bytes`);
    }
    this.#bytes += after - before;
  }
}

function entryBytes(entries: Iterable<readonly [string, string]>): number {
  let bytes = 0;
  for (const [key, value] of entries) bytes += OVERHEAD_BYTES + 2 * (key.length + value.length);
  return bytes;
}
