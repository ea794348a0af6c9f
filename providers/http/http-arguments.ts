import { invalidField } from '../../lib/core/errors.ts';
import { boundedString, integerIn, knownFields, oneOf } from '../../lib/core/field-checks.ts';
import type { WireValue } from '../../lib/core/provider.ts';
import { MAX_HEADERS, MAX_WAIT_MS, MAX_WRITE_BYTES, PIECE_BYTES } from './http-limits.ts';
import { MAX_URL_LENGTH } from './target-url.ts';

type Args = readonly WireValue[];

/**
 * A request as a guest describes it: of the right types, and nothing more is known of it.
 *
 * @internal
 */
export interface GivenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, Uint8Array | string])[];
  readonly redirects: 'manual' | 'follow';
  /** All of it; or `stream`, where it follows piece by piece. */
  readonly body?: Uint8Array | 'stream';
  readonly connectTimeoutMs?: number;
  readonly firstByteTimeoutMs?: number;
  readonly betweenBytesTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
}

/** A guest may ask for any time at all; what it gets is bounded by the provider's own limits. */
const ANY_MS = { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 };

/**
 * The arguments of `begin`.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function beginFrom(args: Args): GivenRequest {
  const given = requestRecord(args, [
    'hasBody',
    'connectTimeoutMs',
    'firstByteTimeoutMs',
    'betweenBytesTimeoutMs',
  ]);
  const hasBody = given['hasBody'] ?? false;
  if (typeof hasBody !== 'boolean') throw invalidField('hasBody', 'must be a boolean');
  return {
    ...commonOf(given, 'manual'),
    ...(hasBody ? { body: 'stream' as const } : {}),
    ...timeoutOf(given, 'connectTimeoutMs', 'connectTimeoutMs'),
    ...timeoutOf(given, 'firstByteTimeoutMs', 'firstByteTimeoutMs'),
    ...timeoutOf(given, 'betweenBytesTimeoutMs', 'betweenBytesTimeoutMs'),
  };
}

/**
 * The arguments of `request`.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function requestFrom(args: Args): GivenRequest {
  const given = requestRecord(args, ['body', 'timeoutMs']);
  const body = given['body'] ?? undefined;
  return {
    ...commonOf(given, 'follow'),
    ...(body === undefined ? {} : { body: bytesFrom(body as WireValue, 'body') }),
    ...timeoutOf(given, 'timeoutMs', 'totalTimeoutMs'),
  };
}

/**
 * The number of a transfer, behind the id of the assignment.
 *
 * @throws `INVALID_REQUEST` naming `transfer`.
 * @internal
 */
export function transferFrom(value: WireValue, field = 'transfer'): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw invalidField(field, 'must be the number of a transfer');
  }
  return value;
}

/**
 * Bytes.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function bytesFrom(value: WireValue, field: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalidField(field, 'must be bytes');
  if (value.byteLength > MAX_WRITE_BYTES) {
    throw invalidField(field, `must have at most ${MAX_WRITE_BYTES} bytes`);
  }
  return value;
}

/**
 * How long an operation may wait, in milliseconds: what was asked for, but never above 10 seconds.
 *
 * @throws `INVALID_REQUEST` naming `waitMs`.
 * @internal
 */
export function waitFrom(value: WireValue): number {
  return Math.min(integerIn(value, 'waitMs', ANY_MS), MAX_WAIT_MS);
}

/**
 * How many bytes an answer may have: what was asked for, but never above 64 KiB.
 *
 * @throws `INVALID_REQUEST` naming `maxBytes`.
 * @internal
 */
export function maxBytesFrom(value: WireValue): number {
  const range = { min: 1, max: Number.MAX_SAFE_INTEGER, fallback: PIECE_BYTES };
  return Math.min(integerIn(value, 'maxBytes', range), PIECE_BYTES);
}

/** What can be waited for. @internal */
export type Aspect = 'head' | 'body' | 'room';

/**
 * What `wait` waits for.
 *
 * @param most - transfers that one instance may have.
 * @throws `INVALID_REQUEST` naming the element.
 * @internal
 */
export function waitedFrom(value: WireValue): readonly (readonly [number, Aspect])[] {
  return listFrom(value, 'transfers', MAX_WAITED).map((entry, index) => {
    const field = `transfers[${index}]`;
    const [transfer, aspect, ...rest] = listFrom(entry, field, 2);
    if (rest.length > 0 || aspect === undefined) throw invalidField(field, 'must be a pair');
    return [transferFrom(transfer, field), oneOf(aspect, field, ['head', 'body', 'room'], 'head')];
  });
}

/** Most things that one `wait` waits for. */
const MAX_WAITED = 1_024;

/**
 * Refuses a call with more arguments than its operation takes.
 *
 * @throws `INVALID_REQUEST`
 * @internal
 */
export function atMost(args: Args, count: number): void {
  if (args.length > count) throw invalidField('args', `at most ${count} arguments`);
}

function requestRecord(args: Args, more: readonly string[]): Readonly<Record<string, unknown>> {
  atMost(args, 2);
  return knownFields(args[1], 'request', ['method', 'url', 'headers', 'redirects', ...more]);
}

function commonOf(
  given: Readonly<Record<string, unknown>>,
  redirects: 'manual' | 'follow',
): Pick<GivenRequest, 'method' | 'url' | 'headers' | 'redirects'> {
  return {
    method: boundedString(given['method'], 'method', 256),
    // Above the length of any URL: that it is too long is the request's failure, not the call's.
    url: boundedString(given['url'], 'url', 8 * MAX_URL_LENGTH),
    headers: headersFrom(given['headers'] as WireValue),
    redirects: oneOf(given['redirects'], 'redirects', ['manual', 'follow'], redirects),
  };
}

function headersFrom(value: WireValue): readonly (readonly [string, Uint8Array | string])[] {
  if (value === undefined || value === null) return [];
  return listFrom(value, 'headers', 4 * MAX_HEADERS).map((entry, index) => {
    const field = `headers[${index}]`;
    const [name, content, ...rest] = listFrom(entry, field, 2);
    if (typeof name !== 'string' || rest.length > 0) throw invalidField(field, 'must be a pair');
    if (typeof content !== 'string' && !(content instanceof Uint8Array)) {
      throw invalidField(field, 'its value must be bytes or a string');
    }
    return [name, content];
  });
}

function timeoutOf(
  given: Readonly<Record<string, unknown>>,
  name: string,
  as: 'connectTimeoutMs' | 'firstByteTimeoutMs' | 'betweenBytesTimeoutMs' | 'totalTimeoutMs',
): Partial<GivenRequest> {
  const value = given[name] ?? undefined;
  return value === undefined ? {} : { [as]: integerIn(value, name, ANY_MS) };
}

function listFrom(value: WireValue, field: string, most: number): readonly WireValue[] {
  if (!Array.isArray(value)) throw invalidField(field, 'must be a list');
  if (value.length > most) throw invalidField(field, `must have at most ${most} elements`);
  // Holes would be passed over by map, and arrive as undefined where they are used.
  return Array.from(value as readonly WireValue[]);
}
