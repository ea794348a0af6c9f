import { messageOf } from '../../../lib/core/errors.ts';
import type { CapabilityFailure, WireValue } from '../../../lib/core/provider.ts';
import { CapabilityRefused } from '../../guest-failure.ts';
import { answerText, argumentsFrom, NotJson } from './json-values.ts';
import type { WapcContext } from './wapc-context.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

/** Of a binding, a namespace or an operation. */
const MAX_NAME_BYTES = 1_024;
/** Bindings that mean whichever assignment allows it. */
const ANY_BINDING: readonly string[] = ['', 'default'];
/** Providers whose operations take more than bytes: these travel as JSON. */
const IN_JSON: readonly string[] = ['kv', 'http', 'messaging'];

const FAILED = 0;
const DONE = 1;

/**
 * `__host_call(binding, namespace, operation, payload)`: an operation of a provider of the type
 * `namespace`, by the assignment `binding`. A call that is refused or fails returns 0, and its text is
 * what `__host_error` gives.
 *
 * @internal
 */
export function hostCall(context: WapcContext, ...ranges: readonly number[]): number {
  const none = new Uint8Array(0);
  context.hostResponse = none;
  context.hostError = none;
  // All of them first: a guest that names memory which is not there traps, whatever else is wrong.
  const [binding, namespace, operation, payload] = [0, 2, 4, 6].map((at) =>
    context.memory.bytes(ranges[at] ?? 0, ranges[at + 1] ?? 0),
  ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  try {
    const call = {
      binding: nameFrom(binding, 'binding'),
      namespace: nameFrom(namespace, 'namespace'),
      operation: nameFrom(operation, 'operation'),
    };
    context.hostResponse = answered(context, call, payload);
    return DONE;
  } catch (error) {
    if (!(error instanceof CapabilityRefused)) throw error;
    context.hostError = utf8.encode(`${error.code}: ${messageOf(error)}`);
    return FAILED;
  }
}

function answered(
  { host }: WapcContext,
  {
    binding,
    namespace,
    operation,
  }: { readonly binding: string; readonly namespace: string; readonly operation: string },
  payload: Uint8Array,
): Uint8Array {
  const { payloadBytes } = host.limits;
  if (payload.length > payloadBytes) {
    throw refused('RESOURCE_EXHAUSTED', `the payload is larger than ${payloadBytes} bytes`);
  }
  const isInJson = IN_JSON.includes(namespace);
  const args = isInJson ? argumentsOf(payload) : [payload.slice()];
  const capabilityId = ANY_BINDING.includes(binding) ? undefined : binding;
  const answer = host.call(namespace, operation, args, capabilityId);
  const bytes = isInJson ? utf8.encode(answerText(answer)) : bytesOf(answer);
  if (bytes.length > payloadBytes) {
    throw refused('RESOURCE_EXHAUSTED', `the answer is larger than ${payloadBytes} bytes`);
  }
  return bytes;
}

function argumentsOf(payload: Uint8Array): readonly WireValue[] {
  try {
    return payload.length === 0 ? [] : argumentsFrom(strict.decode(payload));
  } catch (error) {
    if (!(error instanceof NotJson) && !(error instanceof TypeError)) throw error;
    throw refused('INVALID_REQUEST', 'payload: must be a JSON array of arguments');
  }
}

function bytesOf(answer: WireValue): Uint8Array {
  if (answer === undefined || answer === null) return new Uint8Array(0);
  if (typeof answer === 'string') return utf8.encode(answer);
  if (answer instanceof Uint8Array) return answer;
  throw refused('STORAGE_ERROR', 'the provider answered in an unexpected form');
}

function nameFrom(bytes: Uint8Array, field: string): string {
  if (bytes.length > MAX_NAME_BYTES) {
    throw refused('INVALID_REQUEST', `${field}: longer than ${MAX_NAME_BYTES} bytes`);
  }
  try {
    return strict.decode(bytes);
  } catch {
    throw refused('INVALID_REQUEST', `${field}: must be UTF-8`);
  }
}

function refused(code: CapabilityFailure['code'], message: string): CapabilityRefused {
  return new CapabilityRefused({ code, message });
}
