import { invalidField } from '../core/errors.ts';
import { within } from '../core/field-checks.ts';

/** Names under which people keep what nobody else should read. */
const SECRET =
  /pass(?:word|wd|phrase)?$|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|authorization|cookie|credential/i;
const MASK = '[redacted]';
/** Deeper than any configuration; what lies there is not shown at all. */
const MAX_DEPTH = 20;

/**
 * Refuses a configuration that was shown masked and is given back: the mask would take the place of what it hides.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function assertUnmasked(value: unknown, field: string, depth = 0): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (depth > MAX_DEPTH) return;
  for (const [key, item] of Object.entries(value)) {
    if (item === MASK && SECRET.test(key)) {
      throw invalidField(within(field, key), 'is what stands in the place of a secret');
    }
    assertUnmasked(item, within(field, key), depth + 1);
  }
}

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
