import { oneOf } from './field-checks.ts';

/**
 * Every type of fact.
 *
 * @public
 */
export const EXECUTION_EVENT_TYPES = [
  'instance_started',
  'instance_stopped',
  'instance_crashed',
  'instance_restarted',
  'instance_failed',
  'capability_assigned',
  'capability_revoked',
  'capability_denied',
  'capability_called',
  'provider_started',
  'provider_stopped',
  'provider_crashed',
  'provider_updated',
  'admission_refused',
  'mailbox_overflowed',
] as const;

/**
 * The type of a fact.
 *
 * @public
 */
export type ExecutionEventType = (typeof EXECUTION_EVENT_TYPES)[number];

/**
 * Something that happened. Facts are never changed, never about wishes, and kept in memory only.
 *
 * @public
 */
export interface ExecutionEvent {
  /** 1, 2, 3 … without a gap, per node. */
  readonly seq: number;
  readonly type: ExecutionEventType;
  readonly instanceId?: string;
  readonly providerId?: string;
  readonly groupId?: string;
  readonly nodeId: string;
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Which facts are wanted.
 *
 * @public
 */
export interface ExecutionEventFilter {
  readonly instanceId?: string;
  readonly types?: readonly ExecutionEventType[];
  /** Only facts after this one, which may still lie ahead. */
  readonly sinceSeq?: number;
}

/**
 * A filter as a predicate.
 *
 * @throws `INVALID_REQUEST` naming an unknown type.
 * @internal
 */
export function eventMatcher(filter: ExecutionEventFilter): (event: ExecutionEvent) => boolean {
  const { instanceId } = filter;
  const types =
    filter.types === undefined
      ? undefined
      : new Set(
          filter.types.map((type, index) =>
            oneOf(type, `types[${index}]`, EXECUTION_EVENT_TYPES, 'instance_started'),
          ),
        );
  return (event) =>
    (instanceId === undefined || event.instanceId === instanceId) &&
    (types === undefined || types.has(event.type));
}
