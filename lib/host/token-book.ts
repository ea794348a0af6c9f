import { createHash, timingSafeEqual } from 'node:crypto';
import { invalidField } from '../core/errors.ts';
import { boundedString, knownFields, oneOf, within } from '../core/field-checks.ts';
import { plainId } from '../core/ids.ts';

/**
 * What a caller of the API may do: `read` looks, `admin` changes.
 *
 * @public
 */
export type HostRole = 'read' | 'admin';

/**
 * A bearer token that the API accepts. One of `token` and `sha256` is needed; the digest keeps the token
 * itself out of configuration files.
 *
 * @public
 */
export interface HostToken {
  /** Names the caller in logs; is no secret. */
  readonly name: string;
  readonly role: HostRole;
  /** At least 16 characters. */
  readonly token?: string;
  /** SHA-256 of the token, 64 hexadecimal digits. */
  readonly sha256?: string;
}

/**
 * Who has made a request.
 *
 * @internal
 */
export interface HostCaller {
  readonly name: string;
  readonly role: HostRole;
}

interface Entry {
  readonly caller: HostCaller;
  readonly digest: Buffer;
}

const LEAST_LENGTH = 16;

/**
 * The tokens that are known, by their digests: what was given in plain text is not kept.
 *
 * @internal
 */
export class TokenBook {
  readonly #entries: readonly Entry[];

  /** @throws `INVALID_REQUEST` naming the field. */
  constructor(tokens: unknown, field = 'tokens') {
    if (tokens !== undefined && !Array.isArray(tokens)) {
      throw invalidField(field, 'must be an array of tokens');
    }
    this.#entries = Array.from((tokens ?? []) as readonly unknown[], (token, index) =>
      entryOf(token, `${field}[${index}]`),
    );
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /**
   * Whose token it is. Every token is compared in any case, and by its digest, so that the time that it
   * takes tells nothing of any of them.
   */
  callerOf(token: string): HostCaller | undefined {
    const digest = digestOf(token);
    let found: HostCaller | undefined;
    for (const entry of this.#entries) {
      if (timingSafeEqual(digest, entry.digest)) found = entry.caller;
    }
    return found;
  }
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token, 'utf8').digest();

function entryOf(value: unknown, field: string): Entry {
  const given = knownFields(value, field, ['name', 'role', 'token', 'sha256']);
  if (given['role'] === undefined) throw invalidField(within(field, 'role'), 'is missing');
  const role = oneOf(given['role'], within(field, 'role'), ['read', 'admin'] as const, 'read');
  const name = plainId(given['name'], within(field, 'name'));
  return { caller: { name, role }, digest: givenDigest(given, field) };
}

function givenDigest(given: Readonly<Record<string, unknown>>, field: string): Buffer {
  if ((given['token'] === undefined) === (given['sha256'] === undefined)) {
    throw invalidField(within(field, 'token'), 'or sha256 is needed, and not both');
  }
  if (given['sha256'] !== undefined) {
    const sha256 = boundedString(given['sha256'], within(field, 'sha256'), 64);
    if (!/^[0-9a-fA-F]{64}$/.test(sha256)) {
      throw invalidField(within(field, 'sha256'), 'must be 64 hexadecimal digits');
    }
    return Buffer.from(sha256, 'hex');
  }
  const token = boundedString(given['token'], within(field, 'token'), 1_024);
  if (token.length < LEAST_LENGTH || !/^[\x21-\x7e]+$/.test(token)) {
    const problem = `must be at least ${LEAST_LENGTH} printable characters of ASCII without spaces`;
    throw invalidField(within(field, 'token'), problem);
  }
  return digestOf(token);
}
