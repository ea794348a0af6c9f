import { plainRecord } from '../../../../lib/core/field-checks.ts';
import type { GuestHost } from '../../../guest.ts';
import { BadArguments, PayloadTooLarge } from '../../../guest-failure.ts';
import { ownProperty } from '../js-names.ts';
import { type Message, MessageBudget } from './messaging-message.ts';

/** The export that takes a message as a resource of the host. */
const HANDLER = 'wasi:messaging/incoming-handler@0.2.0-draft#handle';

/**
 * Turns the one argument that a caller outside gives to a handler, plain data, into the resource that
 * the handler takes.
 *
 * @internal
 */
export type HandlerArgument = (argument: unknown) => unknown;

/**
 * The exports that callers outside may call although they take a resource of the host, by their name
 * in full: for one life of a guest, which may keep what it is given.
 *
 * @internal
 */
export function messageHandlers(host: GuestHost): ReadonlyMap<string, HandlerArgument> {
  const budget = new MessageBudget(host.limits.payloadBytes);
  return new Map([[HANDLER, (argument) => receivedMessage(argument, budget, host)]]);
}

/**
 * @throws `BadArguments` unless it is `{ topic, body, replyTo? }`; `PayloadTooLarge` for one that is
 *   too large, or if the guest keeps too many.
 */
function receivedMessage(argument: unknown, budget: MessageBudget, host: GuestHost): Message {
  const field = 'args[0]';
  const topic = fieldOf(argument, 'topic');
  const body = fieldOf(argument, 'body');
  const replyTo = fieldOf(argument, 'replyTo') ?? undefined;
  if (typeof topic !== 'string') throw new BadArguments(`${field}.topic`, 'must be a string');
  if (!(body instanceof Uint8Array)) throw new BadArguments(`${field}.body`, 'must be bytes');
  if (replyTo !== undefined && typeof replyTo !== 'string') {
    throw new BadArguments(`${field}.replyTo`, 'must be a string or absent');
  }
  const { payloadBytes } = host.limits;
  if (body.byteLength > payloadBytes) throw new PayloadTooLarge(`${field}.body`, payloadBytes);
  const content = { topic, body: new Uint8Array(body) };
  const message = budget.message(replyTo === undefined ? content : { ...content, replyTo });
  if (message === undefined) throw new PayloadTooLarge(field, budget.maxBytes);
  return message;
}

function fieldOf(argument: unknown, name: string): unknown {
  try {
    return ownProperty(plainRecord(argument, ''), name);
  } catch {
    throw new BadArguments('args[0]', 'must be { topic, body, replyTo? }');
  }
}
