import { plainRecord } from '../../../../lib/core/field-checks.ts';
import {
  HTTP_HEADERS_BYTES,
  HTTP_REQUEST_FIELDS,
} from '../../../../lib/core/http-request-fields.ts';
import { BadArguments, PayloadTooLarge } from '../../../guest-failure.ts';
import { ownProperty } from '../js-names.ts';
import type { HeldBytes } from './held-bytes.ts';
import { type HeaderEntry, HeaderList, headerWeight } from './http-header-list.ts';
import type { ServedRequest } from './http-incoming-request.ts';
import type { Named } from './http-outgoing-request.ts';
import {
  isAuthority,
  isFieldValue,
  isForbiddenField,
  isPathWithQuery,
  isScheme,
  isToken,
} from './http-syntax.ts';

const FIELD = 'args[0]';
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH']);
const SCHEMES = new Map([
  ['http', 'HTTP'],
  ['https', 'HTTPS'],
]);
/** Each character of a value is one byte, as in Node's own HTTP. */
const LATIN1 = /^[\0-\xff]*$/;

/** Where a request goes, as the guest sees it. */
type Target = Pick<ServedRequest, 'scheme' | 'authority' | 'pathWithQuery'>;

/**
 * Reads the request that a caller outside gives: plain data, of which nothing is believed.
 *
 * @param held - what its headers are counted by.
 * @throws `BadArguments` naming the field, such as `args[0].headers.host`; `PayloadTooLarge`.
 * @internal
 */
export function servedRequest(
  argument: unknown,
  payloadBytes: number,
  held: HeldBytes,
): ServedRequest {
  const fields = recordOf(argument, FIELD, 'must be { method?, url, headers?, body? }');
  for (const key of Object.keys(fields)) {
    if (!HTTP_REQUEST_FIELDS.has(key))
      throw new BadArguments(`${FIELD}.${key.slice(0, 100)}`, 'unknown option');
  }
  const method = methodOf(ownProperty(fields, 'method'));
  const target = targetOf(fields);
  const body = bodyOf(ownProperty(fields, 'body'), payloadBytes);
  const entries = headersOf(ownProperty(fields, 'headers'));
  checkLength(entries, body.length);
  const headersBytes = payloadBytes + HTTP_HEADERS_BYTES;
  const weight = entries.reduce((sum, entry) => sum + headerWeight(entry), 0);
  const headers = weight > headersBytes ? undefined : HeaderList.received(held, entries);
  if (headers === undefined) throw new PayloadTooLarge(`${FIELD}.headers`, headersBytes);
  return { method, ...target, headers, body };
}

function recordOf(value: unknown, field: string, problem: string): object {
  try {
    return plainRecord(value, '');
  } catch {
    throw new BadArguments(field, problem);
  }
}

function methodOf(value: unknown = 'GET'): Named {
  const field = `${FIELD}.method`;
  if (typeof value !== 'string' || !isToken(value)) {
    throw new BadArguments(field, 'must be a method of HTTP');
  }
  // It asks for a tunnel, and there is nothing behind a guest that one could lead to.
  if (value.toUpperCase() === 'CONNECT') throw new BadArguments(field, 'CONNECT is not served');
  return METHODS.has(value) ? { tag: value.toLowerCase() } : { tag: 'other', val: value };
}

function targetOf(fields: object): Target {
  const [url, path, authority, scheme] = ['url', 'path', 'authority', 'scheme'].map((name) =>
    textOf(fields, name),
  );
  if (url === undefined) {
    if (path === undefined) throw new BadArguments(`${FIELD}.url`, 'must be there, or a path');
    return checkedTarget(scheme, authority, path);
  }
  for (const [name, value] of Object.entries({ path, authority, scheme })) {
    if (value !== undefined) throw new BadArguments(`${FIELD}.${name}`, 'is told by the url');
  }
  return urlTarget(url);
}

function textOf(fields: object, name: string): string | undefined {
  const value = ownProperty(fields, name);
  if (value === undefined || typeof value === 'string') return value;
  throw new BadArguments(`${FIELD}.${name}`, 'must be a string');
}

function urlTarget(text: string): Target {
  const field = `${FIELD}.url`;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new BadArguments(field, 'must be an http or https URL');
  }
  if (url.username !== '' || url.password !== '') {
    throw new BadArguments(field, 'must not have a user or password');
  }
  const path = `${url.pathname}${url.search}`;
  if (!isAuthority(url.host) || !isPathWithQuery(path)) {
    throw new BadArguments(field, 'has a host or path that no request can have');
  }
  const tag = url.protocol === 'http:' ? 'HTTP' : 'HTTPS';
  return { scheme: { tag }, authority: url.host, pathWithQuery: path };
}

function checkedTarget(
  scheme: string | undefined,
  authority: string | undefined,
  path: string,
): Target {
  if (!path.startsWith('/') || !isPathWithQuery(path)) {
    throw new BadArguments(`${FIELD}.path`, 'must be a path, with or without a query');
  }
  if (authority !== undefined && !isAuthority(authority)) {
    throw new BadArguments(`${FIELD}.authority`, 'must be a host, with or without a port');
  }
  if (scheme !== undefined && !isScheme(scheme)) {
    throw new BadArguments(`${FIELD}.scheme`, 'must be a scheme');
  }
  const tag = SCHEMES.get(scheme?.toLowerCase() ?? '');
  const named = tag === undefined ? { tag: 'other', val: scheme } : { tag };
  return { scheme: scheme === undefined ? undefined : named, authority, pathWithQuery: path };
}

function bodyOf(value: unknown, payloadBytes: number): Uint8Array {
  const field = `${FIELD}.body`;
  if (value === undefined) return new Uint8Array();
  const isBytes = value instanceof Uint8Array;
  if (!isBytes && typeof value !== 'string') {
    throw new BadArguments(field, 'must be bytes or a string');
  }
  const bytes = isBytes ? value : new TextEncoder().encode(value);
  if (bytes.length > payloadBytes) throw new PayloadTooLarge(field, payloadBytes);
  return bytes;
}

function headersOf(value: unknown): HeaderEntry[] {
  const field = `${FIELD}.headers`;
  if (value === undefined) return [];
  if (Array.isArray(value)) {
    return value.map((entry: unknown, index) => {
      const [name, text] = Array.isArray(entry) && entry.length === 2 ? (entry as unknown[]) : [];
      if (typeof name !== 'string') {
        throw new BadArguments(`${field}[${index}]`, 'must be [name, value]');
      }
      return headerOf(`${field}[${index}]`, name, text);
    });
  }
  const record = recordOf(value, field, 'must be an object or a list of [name, value]');
  return Object.entries(record).flatMap(([name, values]: [string, unknown]) => {
    const path = `${field}.${name.slice(0, 100)}`;
    const texts: readonly unknown[] = Array.isArray(values) ? values : [values];
    return texts.map((text) => headerOf(path, name, text));
  });
}

function headerOf(path: string, name: string, text: unknown): HeaderEntry {
  if (!isToken(name)) throw new BadArguments(path, 'has a name that no header can have');
  if (isForbiddenField(name.toLowerCase())) {
    throw new BadArguments(path, `is about a connection, and there is none: ${name}`);
  }
  if (typeof text !== 'string') throw new BadArguments(path, 'must be a string');
  const value = LATIN1.test(text) ? new Uint8Array(Buffer.from(text, 'latin1')) : undefined;
  if (value === undefined || !isFieldValue(value)) {
    throw new BadArguments(path, 'has a character that no header can have');
  }
  return [name, value];
}

/** A body of another length than is said would be two requests to some, and half a one to others. */
function checkLength(entries: readonly HeaderEntry[], bodyBytes: number): void {
  for (const [name, value] of entries) {
    if (name.toLowerCase() !== 'content-length') continue;
    if (Buffer.from(value).toString('latin1') !== String(bodyBytes)) {
      throw new BadArguments(`${FIELD}.headers.${name}`, `the body has ${bodyBytes} bytes`);
    }
  }
}
