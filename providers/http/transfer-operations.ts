import { invalidField } from '../../lib/core/errors.ts';
import type { CallContext, ProviderOperation, WireValue } from '../../lib/core/provider.ts';
import { waitUntil } from './bell.ts';
import {
  type Aspect,
  atMost,
  bytesFrom,
  maxBytesFrom,
  transferFrom,
  waitedFrom,
  waitFrom,
} from './http-arguments.ts';
import { failureReply } from './http-failure.ts';
import type { HttpState } from './http-state.ts';
import type { Transfer } from './transfer.ts';

type Args = readonly WireValue[];

/** What an operation on a transfer works on. */
interface Subject<Request> {
  readonly request: Request;
  readonly context: CallContext;
  readonly state: HttpState;
}

/** Sends a piece of the request's body; answers when there is room for another. @internal */
export const write: ProviderOperation<HttpState> = operation(
  3,
  (args) => ({ number: transferFrom(args[1]), bytes: bytesFrom(args[2], 'bytes') }),
  async ({ request: { number, bytes }, context, state }) => {
    const transfer = state.transfers.find(context, number);
    if (transfer.failure !== undefined) throw transfer.failure;
    if (!transfer.isWritable) throw invalidField('transfer', 'its request body is complete');
    // Whoever waits for each answer never comes here: what is not sent yet must stay bounded.
    if (!transfer.hasRoom) throw invalidField('transfer', 'a piece is still being written');
    transfer.write(bytes);
    const { limits, clock } = state.parts;
    // The transfer itself fails sooner than that.
    await waitUntil(() => transfer.hasRoom, [transfer.bell], limits.totalTimeoutMs, clock);
    if (transfer.failure !== undefined) throw transfer.failure;
    return true;
  },
);

/** The request's body is complete. @internal */
export const finish: ProviderOperation<HttpState> = operation(
  2,
  (args) => transferFrom(args[1]),
  ({ request: number, context, state }) => {
    state.transfers.find(context, number).finish();
    return true;
  },
);

/** The head of the response, or null if it is not there in time. @internal */
export const head: ProviderOperation<HttpState> = operation(
  3,
  (args) => ({ number: transferFrom(args[1]), waitMs: waitFrom(args[2]) }),
  async ({ request: { number, waitMs }, context, state }) => {
    const transfer = state.transfers.find(context, number);
    await waitUntil(() => transfer.hasHead, [transfer.bell], waitMs, state.parts.clock);
    if (transfer.failure !== undefined) throw transfer.failure;
    return transfer.head === undefined ? null : { ...transfer.head };
  },
);

/** A piece of the response's body, empty if none came in time. @internal */
export const read: ProviderOperation<HttpState> = operation(
  4,
  (args) => ({
    number: transferFrom(args[1]),
    maxBytes: maxBytesFrom(args[2]),
    waitMs: waitFrom(args[3]),
  }),
  async ({ request: { number, maxBytes, waitMs }, context, state }) => {
    const transfer = state.transfers.find(context, number);
    await waitUntil(() => transfer.hasBody, [transfer.bell], waitMs, state.parts.clock);
    return { ...transfer.take(maxBytes) };
  },
);

/** Which of some transfers are ready, each for what is wanted of it. @internal */
export const wait: ProviderOperation<HttpState> = operation(
  3,
  (args) => ({ waited: waitedFrom(args[1]), waitMs: waitFrom(args[2]) }),
  async ({ request: { waited, waitMs }, context, state }) => {
    const wanted = waited.map(([number, aspect], index) => ({
      transfer: state.transfers.find(context, number, `transfers[${index}]`),
      aspect,
    }));
    const ready = (): number[] =>
      wanted.flatMap(({ transfer, aspect }, index) => (isReady(transfer, aspect) ? [index] : []));
    const bells = new Set(wanted.map(({ transfer }) => transfer.bell));
    await waitUntil(() => ready().length > 0, bells, waitMs, state.parts.clock);
    return ready();
  },
);

/** Gives a transfer up. @internal */
export const drop: ProviderOperation<HttpState> = operation(
  2,
  (args) => transferFrom(args[1]),
  ({ request: number, context, state }) => {
    state.transfers.drop(context, number);
    return true;
  },
);

function isReady(transfer: Transfer, aspect: Aspect): boolean {
  if (aspect === 'head') return transfer.hasHead;
  return aspect === 'body' ? transfer.hasBody : transfer.hasRoom;
}

/**
 * An operation on what `begin` has begun.
 *
 * @param count - how many arguments it takes, the id of the assignment among them.
 */
function operation<Request>(
  count: number,
  parse: (args: Args) => Request,
  run: (subject: Subject<Request>) => WireValue | Promise<WireValue>,
): ProviderOperation<HttpState> {
  return {
    permission(args) {
      atMost(args, count);
      if (typeof args[0] !== 'string') throw invalidField('capabilityId', 'must be a string');
      parse(args);
      return { action: 'http:request' };
    },
    async run(args, context, state) {
      try {
        return await run({ request: parse(args), context, state });
      } catch (error) {
        return failureReply(error);
      }
    },
  };
}
