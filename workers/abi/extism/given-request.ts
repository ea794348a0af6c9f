import { boundedJson } from '../bounded-json.ts';

const strict = new TextDecoder('utf-8', { fatal: true });

/**
 * A request as a plug-in describes it.
 *
 * @internal
 */
export interface GivenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | undefined;
}

/**
 * Reads the JSON in which the PDKs describe a request: `url`, and maybe `method` and `headers`, which
 * early ones call `header`. The body of a `GET` or `HEAD` is left out, as Extism's host for JavaScript does.
 *
 * @returns the problem, if it is none.
 * @internal
 */
export function givenRequest(described: Uint8Array, body: Uint8Array): GivenRequest | string {
  let parsed: unknown;
  try {
    parsed = boundedJson(strict.decode(described));
  } catch {
    return 'the request is not described by JSON';
  }
  const given = entriesOf(parsed);
  const url = given?.get('url');
  if (given === undefined || typeof url !== 'string') return 'the request has no url';
  const method = given.get('method') ?? 'GET';
  if (typeof method !== 'string') return 'the method of the request is not a string';
  const headers = headersFrom(given.get('headers') ?? given.get('header') ?? {});
  if (headers === undefined) return 'the headers of the request are not strings by name';
  const isBodiless = body.length === 0 || /^(?:get|head)$/i.test(method);
  return { method, url, headers, body: isBodiless ? undefined : body };
}

function headersFrom(value: unknown): GivenRequest['headers'] | undefined {
  const given = entriesOf(value);
  if (given === undefined) return undefined;
  const headers: (readonly [string, string])[] = [];
  for (const [name, text] of given) {
    if (typeof text !== 'string') return undefined;
    headers.push([name, text]);
  }
  return headers;
}

/** A map, so that no name leads to a prototype. */
function entriesOf(value: unknown): Map<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value));
}
