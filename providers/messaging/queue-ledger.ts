import { WasmatrixError } from '../../lib/core/errors.ts';
import type { DeliveredMessage } from '../../lib/core/provider.ts';
import { ENTRY_BYTES } from './messaging-limits.ts';

/**
 * The bytes that all waiting messages and replies of a provider take, against their limit.
 *
 * @internal
 */
export class QueueLedger {
  readonly limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get leftBytes(): number {
    return this.limitBytes - this.#usedBytes;
  }

  take(bytes: number): void {
    this.#usedBytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

/**
 * What a message takes while it waits, once for each subscriber.
 *
 * @internal
 */
export function waitingBytes({ topic, body, replyTo }: DeliveredMessage): number {
  return ENTRY_BYTES + body.byteLength + 2 * (topic.length + (replyTo?.length ?? 0));
}

/**
 * There is no room for a message, and nothing of it was kept.
 *
 * @internal
 */
export function noRoom(message: string, resource: string, limit: number): WasmatrixError {
  return new WasmatrixError('RESOURCE_EXHAUSTED', message, { resource, limit });
}
