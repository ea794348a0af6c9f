import { invalidField } from '../../lib/core/errors.ts';
import type { CallContext, ProviderOperation, WireValue } from '../../lib/core/provider.ts';
import { waitUntil } from './bell.ts';
import { beginFrom, type GivenRequest, requestFrom } from './http-arguments.ts';
import { failureReply, HttpFailure } from './http-failure.ts';
import { PIECE_BYTES } from './http-limits.ts';
import type { HttpState } from './http-state.ts';
import { permissionsFor, prepareRequest } from './prepared-request.ts';
import type { Transfer } from './transfer.ts';

type Args = readonly WireValue[];

/** Begins a request; the answer names the transfer by which the rest is asked for. @internal */
export const begin: ProviderOperation<HttpState> = operation(
  beginFrom,
  async (given, context, state) => {
    const { number } = await state.transfers.begin(
      context,
      prepareRequest(given, state.parts.limits),
    );
    return { capabilityId: context.capabilityId, transfer: number };
  },
);

/** A request and its response in one piece. @internal */
export const request: ProviderOperation<HttpState> = operation(
  requestFrom,
  async (given, context, state) => {
    const prepared = prepareRequest(given, state.parts.limits);
    const { number, transfer } = await state.transfers.begin(context, prepared);
    try {
      const body = await wholeBody(transfer, state);
      const headers = (transfer.head?.headers ?? []).map(
        ([name, value]) => [name, Buffer.from(value).toString('utf8')] as const,
      );
      return { status: transfer.head?.status ?? 0, headers, body };
    } finally {
      state.transfers.forget(context, number);
    }
  },
);

/** The end of it is the transfer's own deadline, which it has from the beginning. */
async function wholeBody(transfer: Transfer, { parts }: HttpState): Promise<Uint8Array> {
  const { maxWholeResponseBytes } = parts.limits;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    await waitUntil(
      () => transfer.hasBody,
      [transfer.bell],
      parts.limits.totalTimeoutMs,
      parts.clock,
    );
    const { bytes, isEnd } = transfer.take(PIECE_BYTES);
    size += bytes.byteLength;
    if (size > maxWholeResponseBytes) {
      const message = `more than ${maxWholeResponseBytes} bytes in one piece`;
      throw new HttpFailure('HTTP-response-body-size', message);
    }
    pieces.push(bytes);
    if (isEnd) return new Uint8Array(Buffer.concat(pieces));
  }
}

function operation(
  parse: (args: Args) => GivenRequest,
  run: (given: GivenRequest, context: CallContext, state: HttpState) => Promise<WireValue>,
): ProviderOperation<HttpState> {
  return {
    permission(args) {
      if (args[0] !== null && args[0] !== undefined) {
        throw invalidField('capabilityId', 'a request is begun without one');
      }
      return permissionsFor(parse(args));
    },
    async run(args, context, state) {
      try {
        return await run(parse(args), context, state);
      } catch (error) {
        return failureReply(error);
      }
    },
  };
}
