import { invalidField } from '../../lib/core/errors.ts';
import { parseRules, type RulesOf } from './bucket-rules.ts';
import {
  DEFAULT_LIMITS,
  DEFAULT_MAX_BYTES,
  KEY_CEILING_BYTES,
  type KvLimits,
} from './kv-limits.ts';

/**
 * The configuration of a provider, checked and complete.
 *
 * @internal
 */
export type KvConfig = {
  readonly limits: KvLimits;
  readonly rulesOf: RulesOf;
  /** Whether what the life before has handed over is left alone. */
  readonly startEmpty: boolean;
} & (
  | {
      readonly backend: 'memory';
      /** Most bytes of all keys and values together, and 128 bytes for each entry. */
      readonly maxBytes: number;
    }
  | { readonly backend: 'lmdb'; readonly path: string }
);

/** Smallest and largest number that each limit may be. */
const LIMIT_RANGES: { readonly [name in keyof KvLimits]: readonly [number, number] } = {
  maxKeyBytes: [1, KEY_CEILING_BYTES],
  maxValueBytes: [1, 1_073_741_824],
  maxBatchBytes: [1, 1_073_741_824],
  pageSize: [1, 10_000],
};

/** Smallest and largest `maxBytes`: 1 byte and 64 GiB. */
const MAX_BYTES_RANGE = [1, 68_719_476_736] as const;

const FIELDS: ReadonlySet<string> = new Set([
  'backend',
  'path',
  'maxBytes',
  'buckets',
  'bucketDefaults',
  'startEmpty',
  ...Object.keys(LIMIT_RANGES),
]);

/**
 * Checks what was given to `startProvider` and fills in the defaults: `backend` is `memory`, the
 * limits are `DEFAULT_LIMITS`; `maxBytes`, for `memory` only, is 256 MiB; no bucket has rules of its
 * own. A relative `path` is taken from the working directory of the host.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function parseConfig(config: Readonly<Record<string, unknown>>): KvConfig {
  const given = new Map(Object.entries(config));
  for (const name of given.keys()) {
    if (!FIELDS.has(name)) throw invalidField(`config.${name.slice(0, 64)}`, 'is not an option');
  }
  const startEmpty = given.get('startEmpty') ?? false;
  if (typeof startEmpty !== 'boolean') throw invalidField('config.startEmpty', 'must be a boolean');
  const common = {
    limits: limitsFrom(given),
    rulesOf: parseRules(given.get('buckets'), given.get('bucketDefaults')),
    startEmpty,
  };
  const backend = given.get('backend') ?? 'memory';
  const path = given.get('path');
  if (backend === 'memory') {
    if (path !== undefined) throw invalidField('config.path', 'the memory backend has none');
    const [least, most] = MAX_BYTES_RANGE;
    const maxBytes = given.get('maxBytes') ?? DEFAULT_MAX_BYTES;
    return { ...common, backend, maxBytes: integerWithin('maxBytes', maxBytes, least, most) };
  }
  if (backend !== 'lmdb') throw invalidField('config.backend', "must be 'memory' or 'lmdb'");
  if (given.get('maxBytes') !== undefined) {
    throw invalidField('config.maxBytes', 'the lmdb backend has none');
  }
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw invalidField('config.path', 'must name the folder of the store');
  }
  return { ...common, backend, path };
}

function limitsFrom(given: ReadonlyMap<string, unknown>): KvLimits {
  return {
    maxKeyBytes: limit('maxKeyBytes', given),
    maxValueBytes: limit('maxValueBytes', given),
    maxBatchBytes: limit('maxBatchBytes', given),
    pageSize: limit('pageSize', given),
  };
}

function limit(name: keyof KvLimits, given: ReadonlyMap<string, unknown>): number {
  const value = given.get(name) ?? DEFAULT_LIMITS[name];
  const [least, most] = LIMIT_RANGES[name];
  return integerWithin(name, value, least, most);
}

function integerWithin(name: string, value: unknown, least: number, most: number): number {
  if (!Number.isInteger(value) || Number(value) < least || Number(value) > most) {
    throw invalidField(`config.${name}`, `must be an integer from ${least} to ${most}`);
  }
  return Number(value);
}
