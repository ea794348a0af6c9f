import type { WapcName } from '../../../lib/wasm/wapc-functions.ts';
import { hostCall } from './host-call.ts';
import type { WapcContext } from './wapc-context.ts';

const utf8 = new TextEncoder();

/** What a function of waPC takes, unsigned, and gives. */
type WapcCall = (context: WapcContext, ...args: readonly number[]) => number | void;

/**
 * The functions of waPC. A guest that names memory which it does not have has broken the rules, and
 * traps.
 *
 * @internal
 */
export const WAPC_CALLS: Readonly<Record<WapcName, WapcCall>> = {
  __guest_request({ memory, request }, operationAt = 0, payloadAt = 0) {
    if (request === undefined) return;
    const { operation, payload } = request;
    // Both before either: a range that is not there must leave nothing half done.
    const targets = [
      memory.bytes(operationAt, operation.length),
      memory.bytes(payloadAt, payload.length),
    ];
    targets[0]?.set(operation);
    targets[1]?.set(payload);
  },
  __guest_response(context, pointer = 0, length = 0) {
    const bytes = context.memory.bytes(pointer, length);
    const isTooLarge = length > context.host.limits.payloadBytes;
    context.response = isTooLarge ? 'too large' : bytes.slice();
  },
  __guest_error(context, pointer = 0, length = 0) {
    context.error = context.shown(pointer, length);
  },
  __host_call: hostCall,
  __host_response({ memory, hostResponse }, pointer = 0) {
    memory.bytes(pointer, hostResponse.length).set(hostResponse);
  },
  __host_response_len: ({ hostResponse }) => hostResponse.length,
  __host_error({ memory, hostError }, pointer = 0) {
    memory.bytes(pointer, hostError.length).set(hostError);
  },
  __host_error_len: ({ hostError }) => hostError.length,
  __console_log(context, pointer = 0, length = 0) {
    context.host.write('stdout', utf8.encode(`${context.shown(pointer, length)}\n`));
  },
};
