import { randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/core/clock.ts';
import type { ProviderDefinition, ProviderOperation } from '../../lib/core/provider.ts';
import { systemClock } from '../../lib/core/system-clock.ts';
import { isInbox } from '../../lib/core/topic-pattern.ts';
import { Broker } from './broker.ts';
import { checkAssignment } from './messaging-assignment.ts';
import { parseConfig } from './messaging-config.ts';
import { type MessagingState, publish, request, requestMany } from './messaging-operations.ts';

export type { MessagingState } from './messaging-operations.ts';

/** 128 bits, which nobody guesses. */
const TOKEN_BYTES = 16;

/** Without a prototype: the name of an operation comes from the guest. */
const OPERATIONS: Readonly<Record<string, ProviderOperation<MessagingState>>> = Object.assign(
  Object.create(null) as Record<string, ProviderOperation<MessagingState>>,
  { publish, request, requestMany },
);

/** What the provider takes of its surroundings. */
interface Surroundings {
  readonly clock: Clock;
  /** Characters of a token that nobody can guess. */
  readonly randomToken: () => string;
}

const SYSTEM: Surroundings = {
  clock: systemClock,
  randomToken: () => randomBytes(TOKEN_BYTES).toString('base64url'),
};

/**
 * The messaging provider with a clock and chance of one's own.
 *
 * @internal
 */
export function createMessagingProvider({
  clock,
  randomToken,
}: Surroundings = SYSTEM): ProviderDefinition<MessagingState> {
  return {
    type: 'messaging',
    operations: OPERATIONS,
    open(config, environment) {
      const limits = parseConfig(config);
      return { broker: new Broker({ limits, environment, clock, randomToken }) };
    },
    close: ({ broker }) => broker.close(),
    metadata: ({ broker }) => broker.metadata(),
    handOver: ({ broker }) => broker.handOver(),
    endsOthers: (operation, [topic]) =>
      operation === 'publish' && typeof topic === 'string' && isInbox(topic),
    assigned: (context, { broker }) => broker.subscribe(context),
    checkAssignment,
  };
}

/**
 * Messaging in memory: publish and subscribe by topics, and requests with replies. Delivery is at most
 * once: a message that is not handled is counted, never repeated. Each subscriber gets what one
 * publisher says on one topic in that order; whoever subscribes to what it publishes gets its own
 * messages too. Configuration: `maxMessageBytes` (1 MiB), `maxQueuedBytes` (64 MiB),
 * `maxPendingRequests` (10,000), `maxPendingPerInstance` (64).
 *
 * @public
 */
export const messagingProvider: ProviderDefinition<MessagingState> = createMessagingProvider();
