import type { DeliveredMessage } from '../../lib/core/provider.ts';
import { isTopic } from '../../lib/core/topic-pattern.ts';

/** What one assignment's queue leaves to the next life of the provider. */
interface InheritedQueue {
  readonly instanceId: string;
  readonly capabilityId: string;
  /** The oldest first. */
  readonly messages: readonly DeliveredMessage[];
}

/**
 * What a life leaves to the next. It is marked, because an update may put any other provider in the
 * place of this one.
 *
 * @internal
 */
export interface Inheritance {
  readonly kind: 'messaging@1';
  readonly queues: readonly InheritedQueue[];
}

/**
 * The queues that the life before has left, by assignment; none if it was not a provider of this kind.
 *
 * @internal
 */
export function inheritedQueues(
  inherited: unknown,
): Map<string, Map<string, readonly DeliveredMessage[]>> {
  const found = new Map<string, Map<string, readonly DeliveredMessage[]>>();
  if (typeof inherited !== 'object' || inherited === null) return found;
  const { kind, queues } = inherited as Partial<Inheritance>;
  if (kind !== 'messaging@1' || !Array.isArray(queues)) return found;
  for (const { instanceId, capabilityId, messages } of queues as readonly InheritedQueue[]) {
    const ofInstance = found.get(instanceId) ?? new Map<string, readonly DeliveredMessage[]>();
    ofInstance.set(capabilityId, messages.filter(isMessage));
    found.set(instanceId, ofInstance);
  }
  return found;
}

function isMessage({ topic, body }: DeliveredMessage): boolean {
  return typeof topic === 'string' && isTopic(topic) && body instanceof Uint8Array;
}
