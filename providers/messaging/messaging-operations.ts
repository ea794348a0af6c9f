import type { DeliveredMessage, ProviderOperation, WireValue } from '../../lib/core/provider.ts';
import { isInbox } from '../../lib/core/topic-pattern.ts';
import type { Broker } from './broker.ts';
import { messageFrom, requestFrom, requestManyFrom } from './messaging-arguments.ts';

/**
 * One life of a provider.
 *
 * @public
 */
export interface MessagingState {
  /** @internal */
  readonly broker: Broker;
}

/**
 * `publish(topic, body, replyTo?)`: answers `true` when the message is queued, not when it is handled.
 * A reply needs no permission of its own but to have been asked.
 *
 * @internal
 */
export const publish: ProviderOperation<MessagingState> = {
  permission(args) {
    const { topic } = messageFrom(args);
    return isInbox(topic) ? [] : { action: 'msg:publish', scope: topic };
  },
  run(args, context, { broker }) {
    broker.publish(messageFrom(args), context);
    return true;
  },
};

/** `request(topic, body, timeoutMs?)`: answers the first reply. @internal */
export const request: ProviderOperation<MessagingState> = {
  permission: (args) => ({ action: 'msg:publish', scope: requestFrom(args).topic }),
  async run(args, context, { broker }) {
    const [reply] = await broker.request(requestFrom(args), context);
    return reply === undefined ? undefined : wireMessage(reply);
  },
};

/**
 * `requestMany(topic, body, timeoutMs?, maxReplies?)`: answers so many replies, or those that have come
 * by the deadline.
 *
 * @internal
 */
export const requestMany: ProviderOperation<MessagingState> = {
  permission: (args) => ({ action: 'msg:publish', scope: requestManyFrom(args).topic }),
  async run(args, context, { broker }) {
    const replies = await broker.request(requestManyFrom(args), context);
    return replies.map(wireMessage);
  },
};

function wireMessage({ topic, body, replyTo }: DeliveredMessage): WireValue {
  return replyTo === undefined ? { topic, body } : { topic, body, replyTo };
}
