/**
 * What a request for `wasi:http/incoming-handler` is made of, as a caller outside gives it.
 *
 * @internal
 */
export const HTTP_REQUEST_FIELDS: ReadonlySet<string> = new Set([
  'method',
  'url',
  'path',
  'authority',
  'scheme',
  'headers',
  'body',
]);

/**
 * What the headers of a request may take beyond `payloadBytes`, so that the smallest limit lets an ordinary
 * request through.
 *
 * @internal
 */
export const HTTP_HEADERS_BYTES: number = 65_536;

/**
 * Whether an argument has the form of such a request. No other argument with it loses or gains anything:
 * the guest's thread, which knows the types, measures it once more.
 *
 * @internal
 */
export function isRequestShaped(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  const keys = Object.keys(value);
  if (!keys.includes('url') && !keys.includes('path')) return false;
  return keys.every((key) => HTTP_REQUEST_FIELDS.has(key));
}
