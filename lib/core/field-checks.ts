import { invalidField } from './errors.ts';

/**
 * A plain record as JSON has it; anything else is refused, naming the field.
 *
 * @throws `INVALID_REQUEST`
 * @internal
 */
export function plainRecord(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidField(field, 'must be an object');
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw invalidField(field, 'must be a plain object');
  }
  return value as Readonly<Record<string, unknown>>;
}

/**
 * A record with no other keys than the known ones: a misspelt option must not be silently ignored.
 *
 * @throws `INVALID_REQUEST`
 * @internal
 */
export function knownFields(
  value: unknown,
  field: string,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  const record = plainRecord(value, field);
  for (const key of Object.keys(record)) {
    if (!known.includes(key)) {
      throw invalidField(within(field, key), 'unknown option', { known });
    }
  }
  return record;
}

/**
 * The name of a field inside another; the outermost object has the empty name.
 *
 * @internal
 */
export function within(field: string, key: string): string {
  return field === '' ? key : `${field}.${key}`;
}

/**
 * An integer of a range, or the default where nothing was given.
 *
 * @throws `INVALID_REQUEST`
 * @internal
 */
export function integerIn(
  value: unknown,
  field: string,
  range: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  if (value === undefined) return range.fallback;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw invalidField(field, 'must be an integer');
  }
  return bounded(value, field, range);
}

/**
 * A finite number of a range, or the default where nothing was given.
 *
 * @throws `INVALID_REQUEST`
 * @internal
 */
export function numberIn(
  value: unknown,
  field: string,
  range: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  if (value === undefined) return range.fallback;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw invalidField(field, 'must be a finite number');
  }
  return bounded(value, field, range);
}

function bounded(
  value: number,
  field: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (value < min || value > max) {
    throw invalidField(field, `must be between ${min} and ${max}`, { min, max });
  }
  return value;
}

/**
 * One of a few words, or the default where nothing was given.
 *
 * @throws `INVALID_REQUEST`
 * @internal
 */
export function oneOf<const Word extends string>(
  value: unknown,
  field: string,
  words: readonly Word[],
  fallback: Word,
): Word {
  if (value === undefined) return fallback;
  if (!words.includes(value as Word)) {
    throw invalidField(field, `must be one of ${words.join(', ')}`, { allowed: words });
  }
  return value as Word;
}

/**
 * A string of bounded length.
 *
 * @throws `INVALID_REQUEST`
 * @internal
 */
export function boundedString(value: unknown, field: string, maxLength: number): string {
  if (typeof value !== 'string') throw invalidField(field, 'must be a string');
  if (value.length > maxLength) {
    throw invalidField(field, `must have at most ${maxLength} characters`, { maxLength });
  }
  return value;
}

/**
 * A record of strings with a bound on the number of entries and on the length of each; copied.
 *
 * @throws `INVALID_REQUEST`
 * @internal
 */
export function stringRecord(
  value: unknown,
  field: string,
  bounds: { readonly entries: number; readonly keyLength: number; readonly valueLength: number },
): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const entries = Object.entries(plainRecord(value, field));
  if (entries.length > bounds.entries) {
    throw invalidField(field, `must have at most ${bounds.entries} entries`);
  }
  return Object.fromEntries(
    entries.map(([key, text]) => {
      boundedString(key, `${field} (key)`, bounds.keyLength);
      return [key, boundedString(text, within(field, key), bounds.valueLength)];
    }),
  );
}
