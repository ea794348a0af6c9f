import { invalidField } from '../core/errors.ts';
import { boundedString, integerIn, knownFields } from '../core/field-checks.ts';

/**
 * How a supervisor elsewhere is reached.
 *
 * @public
 */
export interface ConnectOptions {
  /** The bearer token, where the host wants one. */
  readonly token?: string;
  /** Certificates, in PEM, to trust in the place of those that Node comes with. */
  readonly ca?: string | Uint8Array;
  /** Milliseconds until a connection is there. @defaultValue 10,000 */
  readonly connectTimeoutMs?: number;
  /**
   * Milliseconds until an answer begins, at the least: a call with a deadline of its own is given that much
   * more. @defaultValue 300,000
   */
  readonly requestTimeoutMs?: number;
  /** Connections for requests at a time; more requests wait. @defaultValue 128 */
  readonly connections?: number;
  /** How often in a row a stream of events that was lost is opened again. @defaultValue 10 */
  readonly reconnects?: number;
}

/** @internal */
export type ResolvedConnectOptions = Required<Omit<ConnectOptions, 'token' | 'ca'>> &
  Pick<ConnectOptions, 'token' | 'ca'> & {
    readonly origin: string;
    /** In front of every path; without a slash at its end. */
    readonly prefix: string;
  };

const KNOWN = ['token', 'ca', 'connectTimeoutMs', 'requestTimeoutMs', 'connections', 'reconnects'];
const TIMER = { min: 1, max: 2 ** 31 - 1 };

/**
 * Checks where and how to connect.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function resolveConnectOptions(url: unknown, value: unknown): ResolvedConnectOptions {
  const target = typeof url === 'string' && url.length <= 4_096 ? URL.parse(url) : null;
  if (target === null || !/^https?:$/.test(target.protocol)) {
    throw invalidField('url', 'must be an http or https URL');
  }
  if (target.username !== '' || target.password !== '') {
    throw invalidField('url', 'must not have a user or password; give a token');
  }
  const given = value === undefined ? {} : knownFields(value, 'options', KNOWN);
  const { token, ca } = given;
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(boundedString(token, 'token', 1_024))) {
    throw invalidField('token', 'must be printable characters of ASCII without spaces');
  }
  if (ca !== undefined && typeof ca !== 'string' && !(ca instanceof Uint8Array)) {
    throw invalidField('ca', 'must be a text or bytes in PEM');
  }
  return {
    origin: target.origin,
    prefix: target.pathname.replace(/\/+$/, ''),
    ...(token === undefined ? {} : { token: token as string }),
    ...(ca === undefined ? {} : { ca }),
    connectTimeoutMs: integerIn(given['connectTimeoutMs'], 'connectTimeoutMs', {
      ...TIMER,
      fallback: 10_000,
    }),
    requestTimeoutMs: integerIn(given['requestTimeoutMs'], 'requestTimeoutMs', {
      ...TIMER,
      fallback: 300_000,
    }),
    connections: integerIn(given['connections'], 'connections', {
      min: 1,
      max: 10_000,
      fallback: 128,
    }),
    reconnects: integerIn(given['reconnects'], 'reconnects', { min: 0, max: 1_000, fallback: 10 }),
  };
}
