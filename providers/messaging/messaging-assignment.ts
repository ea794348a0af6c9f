import { invalidField } from '../../lib/core/errors.ts';
import { integerIn, knownFields, oneOf } from '../../lib/core/field-checks.ts';
import { isTopicPattern, patternCovers } from '../../lib/core/topic-pattern.ts';
import { MAX_SUBSCRIPTIONS } from './messaging-limits.ts';

const PERMISSION = /^msg:(?<verb>publish|subscribe)(?::(?<pattern>.*))?$/s;

const QUEUE_LIMIT = { min: 1, max: 10_000, fallback: 256 };
const QUEUE_BYTES = { min: 1, max: 1_073_741_824, fallback: 8_388_608 };

/**
 * What an assignment subscribes to, and how much may wait for its instance.
 *
 * @internal
 */
export interface SubscriptionConfig {
  readonly patterns: readonly string[];
  readonly queue: {
    /** Most messages that wait. */
    readonly limit: number;
    /** Most bytes that wait. */
    readonly maxBytes: number;
    /** Whether a full queue refuses the publisher or loses its oldest message. */
    readonly overflow: 'reject' | 'drop-oldest';
  };
}

/**
 * The configuration of an assignment with the defaults filled in: no subscriptions, and a queue of 256
 * messages or 8 MiB that drops the oldest.
 *
 * @throws `INVALID_REQUEST` naming `config.<option>`.
 * @internal
 */
export function subscriptionConfig(config: Readonly<Record<string, unknown>>): SubscriptionConfig {
  const given = new Map(Object.entries(knownFields(config, 'config', ['subscriptions', 'queue'])));
  const queue = new Map(
    Object.entries(
      knownFields(given.get('queue') === undefined ? {} : given.get('queue'), 'config.queue', [
        'limit',
        'maxBytes',
        'overflow',
      ]),
    ),
  );
  return {
    patterns: patternsFrom(given.get('subscriptions')),
    queue: {
      limit: integerIn(queue.get('limit'), 'config.queue.limit', QUEUE_LIMIT),
      maxBytes: integerIn(queue.get('maxBytes'), 'config.queue.maxBytes', QUEUE_BYTES),
      overflow: oneOf(
        queue.get('overflow'),
        'config.queue.overflow',
        ['reject', 'drop-oldest'],
        'drop-oldest',
      ),
    },
  };
}

/**
 * Checks an assignment of this kind when it is made: each subscription has to be covered by one
 * permission. Permissions of other areas are left to their providers.
 *
 * @throws `INVALID_REQUEST` naming `config.<option>` or `permissions[<index>]`.
 * @internal
 */
export function checkAssignment(assignment: {
  readonly permissions: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}): void {
  const granted: string[] = [];
  for (const [index, permission] of assignment.permissions.entries()) {
    if (permission !== 'msg' && !permission.startsWith('msg:')) continue;
    const { verb, pattern } = permissionParts(permission, `permissions[${index}]`);
    if (verb === 'subscribe') granted.push(pattern);
  }
  for (const [index, wanted] of subscriptionConfig(assignment.config).patterns.entries()) {
    if (!granted.some((pattern) => patternCovers(pattern, wanted))) {
      throw invalidField(`config.subscriptions[${index}]`, 'no msg:subscribe permission covers it');
    }
  }
}

function permissionParts(
  permission: string,
  field: string,
): { readonly verb: string | undefined; readonly pattern: string } {
  const match = PERMISSION.exec(permission);
  if (match === null) {
    throw invalidField(field, "must be 'msg:publish' or 'msg:subscribe', with ':<pattern>' or not");
  }
  const pattern = match.groups?.['pattern'];
  if (pattern !== undefined && !isTopicPattern(pattern)) {
    throw invalidField(field, 'is not a pattern of topics');
  }
  return { verb: match.groups?.['verb'], pattern: pattern ?? '>' };
}

function patternsFrom(value: unknown): readonly string[] {
  const field = 'config.subscriptions';
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalidField(field, 'must be a list of patterns');
  if (value.length > MAX_SUBSCRIPTIONS) {
    throw invalidField(field, `must have at most ${MAX_SUBSCRIPTIONS} entries`);
  }
  // `map` would leave the holes of a sparse list unchecked.
  return Array.from(value, (pattern: unknown, index) => {
    if (typeof pattern === 'string' && isTopicPattern(pattern)) return pattern;
    throw invalidField(`${field}[${index}]`, 'is not a pattern of topics');
  });
}
