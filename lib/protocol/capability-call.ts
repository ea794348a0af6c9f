import { ERROR_CODES } from '../core/error-codes.ts';
import { isWasmatrixError, messageOf } from '../core/errors.ts';
import type { CapabilityFailure, WireValue } from '../core/provider.ts';
import { WireError, WireReader, type WireWriter } from './wire-codec.ts';

/** One call of a guest to a provider, without any identity: that belongs to the channel. */
export interface CapabilityCall {
  /** The provider type, for example `kv`. */
  readonly family: string;
  readonly operation: string;
  readonly args: readonly WireValue[];
  /** The only assignment that may serve it; left out: any. */
  readonly capabilityId?: string;
  /** Whether `operation` is the name of a host function, which assignments map to operations. */
  readonly isHostFunction?: boolean;
}

/** Writes a call: family, operation, arguments, and what narrows who may serve it. */
export function writeCall(writer: WireWriter, call: CapabilityCall): void {
  writer.reset();
  writer.value(call.family);
  writer.value(call.operation);
  writer.value(call.args);
  if (call.isHostFunction === true) writer.value(true);
  else if (call.capabilityId !== undefined) writer.value(call.capabilityId);
}

/**
 * Reads a call.
 *
 * @throws `WireError` for anything else.
 */
export function readCall(bytes: Uint8Array): CapabilityCall {
  const reader = new WireReader(bytes);
  const family = reader.value();
  const operation = reader.value();
  const args = reader.value();
  if (typeof family !== 'string' || typeof operation !== 'string' || !Array.isArray(args)) {
    throw new WireError('not a call');
  }
  const call = { family, operation, args: args as readonly WireValue[] };
  if (reader.isAtEnd) return call;
  const narrowed = reader.value();
  const isKnown = narrowed === true || typeof narrowed === 'string';
  if (!isKnown || !reader.isAtEnd) throw new WireError('bytes behind the call');
  return {
    ...call,
    ...(narrowed === true ? { isHostFunction: true } : { capabilityId: narrowed }),
  };
}

/** Writes what the guest is told of a failure: code and message; details stay with the host. */
export function writeFailure(writer: WireWriter, failure: CapabilityFailure): void {
  writer.reset();
  writer.value(failure.code);
  writer.value(failure.message.slice(0, 1_000));
}

/**
 * Reads a failure.
 *
 * @throws `WireError` for anything else.
 */
export function readFailure(bytes: Uint8Array): CapabilityFailure {
  const reader = new WireReader(bytes);
  const code = reader.value();
  const message = reader.value();
  if (typeof code !== 'string' || typeof message !== 'string' || !isFailureCode(code)) {
    throw new WireError('not a failure');
  }
  return { code, message };
}

const FAILURE_CODES: readonly CapabilityFailure['code'][] = [
  'PERMISSION_DENIED',
  'CAPABILITY_NOT_FOUND',
  'STORAGE_ERROR',
  'INVALID_REQUEST',
  'RESOURCE_EXHAUSTED',
  'TIMEOUT',
];

function isFailureCode(code: string): code is CapabilityFailure['code'] {
  return Object.hasOwn(ERROR_CODES, code) && (FAILURE_CODES as readonly string[]).includes(code);
}

/** A failure of a provider as the guest may see it: a foreign exception says nothing but that. */
export function failureOf(thrown: unknown): CapabilityFailure {
  // A provider of somebody else's may have a copy of the package, and of its classes, of its own.
  if (isWasmatrixError(thrown)) {
    const { code, details } = thrown;
    return {
      code: isFailureCode(code) ? code : 'STORAGE_ERROR',
      message: messageOf(thrown),
      details,
    };
  }
  return { code: 'STORAGE_ERROR', message: 'the provider failed' };
}
