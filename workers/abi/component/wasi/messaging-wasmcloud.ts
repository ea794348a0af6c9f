import { messageOf } from '../../../../lib/core/errors.ts';
import type { GuestHost } from '../../../guest.ts';
import type { CapabilityRefused } from '../../../guest-failure.ts';
import { ownProperty } from '../js-names.ts';
import { bytesOf, textOf } from './import-arguments.ts';
import type { InterfaceGroup } from './interface-group.ts';
import { MessagingCalls, wordOf } from './messaging-calls.ts';

/** The interface knows no error but a text, so the text says which kind it is first. */
function errorText(refused: CapabilityRefused): string {
  const message = messageOf(refused);
  if (refused.code === 'PERMISSION_DENIED') return `permission denied: ${message}`;
  return refused.code === 'TIMEOUT' ? `timeout: ${message}` : message;
}

/**
 * `wasmcloud:messaging@0.2`: messages are plain records.
 *
 * @internal
 */
export function wasmcloudMessaging(host: GuestHost): InterfaceGroup {
  const calls = new MessagingCalls(host, errorText);
  return {
    'wasmcloud:messaging/consumer@0.2.x': {
      publish: (message) => {
        const replyTo = fieldOf(message, 'replyTo');
        calls.publish(
          textOf(fieldOf(message, 'subject')),
          bytesOf(fieldOf(message, 'body')),
          replyTo === undefined ? undefined : textOf(replyTo),
        );
      },
      request: (subject, body, timeoutMs) => {
        const reply = calls.request(textOf(subject), bytesOf(body), wordOf(timeoutMs));
        return { subject: reply.topic, body: reply.body, replyTo: reply.replyTo };
      },
    },
  };
}

function fieldOf(record: unknown, name: string): unknown {
  return typeof record === 'object' && record !== null ? ownProperty(record, name) : undefined;
}
