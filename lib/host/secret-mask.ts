/** Names under which people keep what nobody else should read. */
const SECRET =
  /pass(?:word|wd|phrase)?$|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|authorization|cookie|credential/i;
const MASK = '[redacted]';
/** Deeper than any configuration; what lies there is not shown at all. */
const MAX_DEPTH = 20;

/**
 * A configuration as it may be shown: what stands under the name of a secret, at any depth, is masked.
 *
 * @internal
 */
export function masked(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (depth > MAX_DEPTH) return MASK;
  if (Array.isArray(value)) return value.map((item: unknown) => masked(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      SECRET.test(key) ? MASK : masked(item, depth + 1),
    ]),
  );
}
