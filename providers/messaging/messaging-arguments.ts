import { invalidField } from '../../lib/core/errors.ts';
import { integerIn } from '../../lib/core/field-checks.ts';
import type { WireValue } from '../../lib/core/provider.ts';
import { isInbox, isTopic } from '../../lib/core/topic-pattern.ts';
import { DEFAULT_REQUEST_MS, LONGEST_REQUEST_MS, MAX_REPLIES } from './messaging-limits.ts';

type Args = readonly WireValue[];

/** A message as its publisher gave it. @internal */
export interface OutgoingMessage {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly replyTo: string | undefined;
}

/** A question and how long, and for how many replies, it waits. @internal */
export interface OutgoingRequest {
  readonly topic: string;
  readonly body: Uint8Array;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly maxReplies: number;
}

/**
 * `publish(topic, body, replyTo?)`
 *
 * @throws `INVALID_REQUEST` naming the argument.
 * @internal
 */
export function messageFrom(args: Args): OutgoingMessage {
  atMost(args, 3);
  const [topic, body, replyTo] = args;
  return {
    topic: topicFrom(topic, 'topic'),
    body: bytesFrom(body),
    replyTo: replyTo === undefined || replyTo === null ? undefined : topicFrom(replyTo, 'replyTo'),
  };
}

/**
 * `request(topic, body, timeoutMs?)`
 *
 * @throws `INVALID_REQUEST` naming the argument.
 * @internal
 */
export function requestFrom(args: Args): OutgoingRequest {
  atMost(args, 3);
  return { ...questionFrom(args), maxReplies: 1 };
}

/**
 * `requestMany(topic, body, timeoutMs?, maxReplies?)`
 *
 * @throws `INVALID_REQUEST` naming the argument.
 * @internal
 */
export function requestManyFrom(args: Args): OutgoingRequest {
  atMost(args, 4);
  const range = { min: 1, max: MAX_REPLIES, fallback: MAX_REPLIES };
  return { ...questionFrom(args), maxReplies: integerIn(given(args[3]), 'maxReplies', range) };
}

function questionFrom([topic, body, timeoutMs]: Args): Omit<OutgoingRequest, 'maxReplies'> {
  const asked = topicFrom(topic, 'topic');
  if (isInbox(asked)) throw invalidField('topic', 'a reply cannot be a request');
  const range = { min: 1, max: LONGEST_REQUEST_MS, fallback: DEFAULT_REQUEST_MS };
  return {
    topic: asked,
    body: bytesFrom(body),
    timeoutMs: integerIn(given(timeoutMs), 'timeoutMs', range),
  };
}

function given(value: WireValue): WireValue {
  return value ?? undefined;
}

function atMost(args: Args, count: number): void {
  if (args.length > count) throw invalidField('args', `at most ${count} arguments`);
}

function topicFrom(value: WireValue, field: string): string {
  if (typeof value === 'string' && isTopic(value)) return value;
  throw invalidField(field, 'must be a topic: tokens without wildcards, separated by dots');
}

function bytesFrom(value: WireValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw invalidField('body', 'must be bytes');
}
