import { type Channel, channel } from 'node:diagnostics_channel';
import type { ExecutionEvent, ExecutionEventType } from '../core/execution-event.ts';

/**
 * What is published on `wasmatrix:call` when a call has come to its end.
 *
 * @public
 */
export interface CallMessage {
  readonly nodeId: string;
  readonly instanceId: string;
  readonly exportName: string;
  readonly requestId?: string;
  /** `ok`, or the code of the error. */
  readonly outcome: string;
  /** From the request to the answer, in milliseconds. */
  readonly durationMs: number;
  /** What of that was spent in the mailbox. */
  readonly waitedMs: number;
}

/** Calls that have come to their end. */
export const CALL_CHANNEL: Channel = channel('wasmatrix:call');

const FACTS: readonly (readonly [prefix: string, to: Channel])[] = [
  ['instance_', channel('wasmatrix:instance')],
  ['capability_', channel('wasmatrix:capability')],
  ['provider_', channel('wasmatrix:provider')],
  ['', channel('wasmatrix:limit')],
];

/** Publishes a fact on the channel of its kind, where anybody listens. */
export function publishFact(event: ExecutionEvent): void {
  const to = channelOf(event.type);
  if (to?.hasSubscribers === true) to.publish(event);
}

function channelOf(type: ExecutionEventType): Channel | undefined {
  return FACTS.find(([prefix]) => type.startsWith(prefix))?.[1];
}
