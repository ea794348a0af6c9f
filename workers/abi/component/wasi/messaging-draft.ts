import { messageOf } from '../../../../lib/core/errors.ts';
import type { DeliveredMessage } from '../../../../lib/core/provider.ts';
import type { GuestHost } from '../../../guest.ts';
import { type CapabilityRefused, GuestTrap } from '../../../guest-failure.ts';
import { type HostFunction, HostResource, HostResultError } from '../host-imports.ts';
import { bytesOf, listOf, resourceOf, textOf } from './import-arguments.ts';
import type { InterfaceGroup } from './interface-group.ts';
import { MessagingCalls, wordOf } from './messaging-calls.ts';
import { Message, MessageBudget } from './messaging-message.ts';

/** `variant error`. */
type MessagingError =
  | { readonly tag: 'timeout' }
  | { readonly tag: 'connection' | 'permission-denied' | 'other'; readonly val: string };

/** `client`: every guest has one connection, whatever it calls it; its grants are the host's matter. */
class Client extends HostResource {
  isConnected = true;
}

/** `request-options`. */
class RequestOptions extends HostResource {
  timeoutMs: number | undefined;
  expectedReplies: number | undefined;
}

function errorOf(refused: CapabilityRefused): MessagingError {
  const val = messageOf(refused);
  switch (refused.code) {
    case 'TIMEOUT':
      return { tag: 'timeout' };
    case 'PERMISSION_DENIED':
      return { tag: 'permission-denied', val };
    case 'CAPABILITY_NOT_FOUND':
      return { tag: 'connection', val };
    case 'STORAGE_ERROR':
    case 'INVALID_REQUEST':
    case 'RESOURCE_EXHAUSTED':
      return { tag: 'other', val };
  }
}

function failed(error: MessagingError): HostResultError {
  return new HostResultError(error);
}

function checkConnected(client: unknown): void {
  if (resourceOf(Client, client).isConnected) return;
  throw failed({ tag: 'connection', val: 'the client is disconnected' });
}

const messageIn = (self: unknown): Message => resourceOf(Message, self);

function typesFunctions(budget: MessageBudget): Record<string, HostFunction> {
  return {
    '[static]client.connect': (name) => {
      textOf(name);
      return new Client();
    },
    '[method]client.disconnect': (self) => {
      resourceOf(Client, self).isConnected = false;
    },
    '[constructor]message': (data) => {
      const message = budget.message({ body: bytesOf(data) });
      if (message !== undefined) return message;
      throw new GuestTrap(`messages of more than ${budget.maxBytes} bytes, or too many`);
    },
    '[method]message.topic': (self) => messageIn(self).topic,
    '[method]message.content-type': (self) => messageIn(self).contentType,
    '[method]message.set-content-type': (self, contentType) => {
      messageIn(self).contentType = textOf(contentType);
    },
    '[method]message.data': (self) => messageIn(self).data,
    '[method]message.set-data': (self, data) => {
      messageIn(self).data = bytesOf(data);
    },
    '[method]message.metadata': (self) => messageIn(self).metadata,
    '[method]message.add-metadata': (self, key, value) => {
      messageIn(self).addMetadata(textOf(key), textOf(value));
    },
    '[method]message.set-metadata': (self, metadata) => {
      messageIn(self).metadata = listOf(metadata).map((entry) => {
        const [key, value] = listOf(entry);
        return [textOf(key), textOf(value)];
      });
    },
    '[method]message.remove-metadata': (self, key) => {
      messageIn(self).removeMetadata(textOf(key));
    },
  };
}

function requestFunctions(
  calls: MessagingCalls,
  budget: MessageBudget,
): Record<string, HostFunction> {
  const optionsIn = (self: unknown): RequestOptions => resourceOf(RequestOptions, self);
  return {
    '[constructor]request-options': () => new RequestOptions(),
    '[method]request-options.set-timeout-ms': (self, timeoutMs) => {
      optionsIn(self).timeoutMs = wordOf(timeoutMs);
    },
    '[method]request-options.set-expected-replies': (self, replies) => {
      optionsIn(self).expectedReplies = wordOf(replies);
    },
    // Without a number of replies the first one is the answer, with a deadline or without.
    request: (client, topic, message, options) => {
      const asked = [textOf(topic), messageIn(message).data] as const;
      const wanted = options === undefined ? new RequestOptions() : optionsIn(options);
      checkConnected(client);
      const { timeoutMs, expectedReplies } = wanted;
      const replies =
        expectedReplies === undefined
          ? [calls.request(...asked, timeoutMs)]
          : calls.requestMany(...asked, timeoutMs, expectedReplies);
      return received(replies, budget);
    },
    reply: (replyTo, message) => {
      const { replyTo: topic } = messageIn(replyTo);
      using reply = messageIn(message);
      // Whoever sent it expects none.
      if (topic !== undefined) calls.publish(topic, reply.data, undefined);
    },
  };
}

/** Replies as resources, all or none. */
function received(replies: readonly DeliveredMessage[], budget: MessageBudget): Message[] {
  const messages: Message[] = [];
  for (const reply of replies) {
    const message = budget.message(reply);
    if (message === undefined) {
      for (const made of messages) made[Symbol.dispose]();
      throw failed({ tag: 'other', val: 'too many messages are held' });
    }
    messages.push(message);
  }
  return messages;
}

/**
 * `wasi:messaging@0.2.0-draft`: messages are resources of the host.
 *
 * @internal
 */
export function wasiMessaging(host: GuestHost): InterfaceGroup {
  const calls = new MessagingCalls(host, errorOf);
  const budget = new MessageBudget(host.limits.payloadBytes);
  return {
    'wasi:messaging/types@0.2.0-draft': typesFunctions(budget),
    'wasi:messaging/producer@0.2.0-draft': {
      send: (client, topic, message) => {
        using sent = messageIn(message);
        const target = textOf(topic);
        checkConnected(client);
        calls.publish(target, sent.data, undefined);
      },
    },
    'wasi:messaging/request-reply@0.2.0-draft': requestFunctions(calls, budget),
  };
}
