import { invalidField, WasmatrixError } from '../../lib/core/errors.ts';
import { integerIn, knownFields, plainRecord, within } from '../../lib/core/field-checks.ts';
import { BUCKET_NAME_BYTES, MAX_TTL_MS } from './kv-limits.ts';

/** A configuration names at most so many buckets; `bucketDefaults` is for all others. */
const MAX_NAMED_BUCKETS = 10_000;

const MOST_KEYS = 1_000_000_000;
/** 1 TiB. */
const MOST_BYTES = 1_099_511_627_776;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * What holds for one bucket of the store.
 *
 * @internal
 */
export interface BucketRules {
  /** Time to live of what is written without one of its own, in milliseconds; `Infinity`: for ever. */
  readonly ttlMs: number;
  /** Most keys; `Infinity`: as many as the store takes. */
  readonly maxKeys: number;
  /** Most bytes of keys and values together; `Infinity`: as many as the store takes. */
  readonly maxBytes: number;
}

/**
 * The rules of a bucket, by the store's name of it.
 *
 * @internal
 */
export type RulesOf = (bucket: string) => BucketRules;

/**
 * What a bucket holds, or would hold.
 *
 * @internal
 */
export interface BucketUse {
  readonly keys: number;
  /** Of keys in UTF-8 and values together. */
  readonly bytes: number;
}

/** What holds where the configuration says nothing. @internal */
export const NO_RULES: BucketRules = { ttlMs: NEVER, maxKeys: NEVER, maxBytes: NEVER };

/**
 * Reads `buckets` and `bucketDefaults` of the configuration. A bucket's own field counts before the
 * same field of the defaults.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function parseRules(buckets: unknown, bucketDefaults: unknown): RulesOf {
  const defaults =
    bucketDefaults === undefined
      ? NO_RULES
      : rulesFrom(bucketDefaults, 'config.bucketDefaults', NO_RULES);
  if (buckets === undefined) return () => defaults;
  const entries = Object.entries(plainRecord(buckets, 'config.buckets'));
  if (entries.length > MAX_NAMED_BUCKETS) {
    throw invalidField('config.buckets', `must have at most ${MAX_NAMED_BUCKETS} entries`);
  }
  const named = new Map<string, BucketRules>();
  for (const [bucket, rules] of entries) {
    const field = within('config.buckets', bucket.slice(0, 64));
    if (bucket === '' || !bucket.isWellFormed() || Buffer.byteLength(bucket) > BUCKET_NAME_BYTES) {
      throw invalidField(field, `the name must have 1 to ${BUCKET_NAME_BYTES} bytes`);
    }
    named.set(bucket, rulesFrom(rules, field, defaults));
  }
  return (bucket) => named.get(bucket) ?? defaults;
}

function rulesFrom(value: unknown, field: string, defaults: BucketRules): BucketRules {
  const given = knownFields(value, field, ['ttlMs', 'maxKeys', 'maxBytes']);
  const rule = (name: keyof BucketRules, max: number): number =>
    integerIn(given[name], within(field, name), { min: 1, max, fallback: defaults[name] });
  return {
    ttlMs: rule('ttlMs', MAX_TTL_MS),
    maxKeys: rule('maxKeys', MOST_KEYS),
    maxBytes: rule('maxBytes', MOST_BYTES),
  };
}

/**
 * The quota that stands against a change, if one does. A change that takes no more of it than there
 * is taken passes, since a quota may have been made smaller than what a bucket holds already.
 *
 * @internal
 */
export function exceededQuota(
  rules: BucketRules,
  before: BucketUse,
  after: BucketUse,
): 'maxKeys' | 'maxBytes' | undefined {
  if (after.keys > rules.maxKeys && after.keys > before.keys) return 'maxKeys';
  if (after.bytes > rules.maxBytes && after.bytes > before.bytes) return 'maxBytes';
  return undefined;
}

/**
 * The refusal of a write to a bucket without room. It does not name the bucket, because the guest may
 * know it by another name.
 *
 * @internal
 */
export function bucketFull(quota: 'maxKeys' | 'maxBytes', rules: BucketRules): WasmatrixError {
  const limit = rules[quota];
  const what = quota === 'maxKeys' ? 'keys' : 'bytes';
  return new WasmatrixError('RESOURCE_EXHAUSTED', `bucket: its quota of ${limit} ${what} is full`, {
    field: 'bucket',
    resource: 'bucket',
    quota,
    limit,
  });
}
