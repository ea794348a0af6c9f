import { type BucketRules, type BucketUse, exceededQuota } from './bucket-rules.ts';
import {
  countKey,
  dueBy,
  dueEntry,
  dueKey,
  entryKey,
  expiryKey,
  type KeyRange,
  keyOfEntry,
  rangeAfter,
} from './lmdb-keys.ts';

/**
 * What the ledger needs of the database. Whoever writes by it does so within one transaction, so that
 * an entry, its expiry and the count of its bucket are never found apart, not even after a crash.
 *
 * @internal
 */
export interface LmdbRecords {
  /** Bytes that are good until the next read, and whose `length` counts: their buffer is larger. */
  getBinaryFast(key: Buffer): Uint8Array | undefined;
  doesExist(key: Buffer): boolean;
  put(key: Buffer, value: Uint8Array): unknown;
  remove(key: Buffer): unknown;
  getKeys(range: KeyRange & { readonly limit?: number }): Iterable<Buffer>;
}

/**
 * Something to be written.
 *
 * @internal
 */
export interface LmdbEntry {
  readonly bucket: string;
  readonly key: string;
  readonly value: Uint8Array;
  /** When it expires, in milliseconds since the epoch; undefined: never. */
  readonly dueMs: number | undefined;
}

/**
 * When an entry expires, in milliseconds since the epoch; undefined: never.
 *
 * @internal
 */
export function dueMsOf(records: LmdbRecords, bucket: string, key: string): number | undefined {
  const time = records.getBinaryFast(expiryKey(bucket, key));
  return time === undefined ? undefined : numberIn(time, 0);
}

/**
 * Whether an entry is absent, though it may be there still.
 *
 * @internal
 */
export function isExpired(
  records: LmdbRecords,
  bucket: string,
  key: string,
  nowMs: number,
): boolean {
  const dueMs = dueMsOf(records, bucket, key);
  return dueMs !== undefined && dueMs <= nowMs;
}

/**
 * Writes an entry, unless a quota stands against it. Room of what has expired is given back first, as
 * much as is needed.
 *
 * @returns the quota, if one does.
 * @internal
 */
export function writeEntry(
  records: LmdbRecords,
  entry: LmdbEntry,
  rules: BucketRules,
  nowMs: number,
): 'maxKeys' | 'maxBytes' | undefined {
  const { bucket, key, value } = entry;
  let replacedDueMs = dueMsOf(records, bucket, key);
  if (replacedDueMs !== undefined && replacedDueMs <= nowMs) {
    removeEntry(records, bucket, key);
    replacedDueMs = undefined;
  }
  const place = entryKey(bucket, key);
  const replacedBytes = records.getBinaryFast(place)?.length;
  let before = useOf(records, bucket);
  let after = grown(before, key, value, replacedBytes);
  let quota = exceededQuota(rules, before, after);
  while (quota !== undefined && removeFirstExpired(records, bucket, nowMs)) {
    before = useOf(records, bucket);
    after = grown(before, key, value, replacedBytes);
    quota = exceededQuota(rules, before, after);
  }
  if (quota !== undefined) return quota;
  records.put(place, value);
  noteExpiry(records, entry, replacedDueMs);
  noteUse(records, bucket, before, after);
  return undefined;
}

/**
 * Removes an entry with all that is known of it; an absent one is no failure.
 *
 * @internal
 */
export function removeEntry(records: LmdbRecords, bucket: string, key: string): void {
  const place = entryKey(bucket, key);
  const valueBytes = records.getBinaryFast(place)?.length;
  if (valueBytes === undefined) return;
  // Before the entry goes: a bucket that was never counted is counted now.
  const before = useOf(records, bucket);
  records.remove(place);
  noteExpiry(records, { bucket, key, dueMs: undefined }, dueMsOf(records, bucket, key));
  noteUse(records, bucket, before, {
    keys: before.keys - 1,
    bytes: before.bytes - Buffer.byteLength(key) - valueBytes,
  });
}

/**
 * Removes an entry that has expired, and no other.
 *
 * @internal
 */
export function removeIfExpired(
  records: LmdbRecords,
  bucket: string,
  key: string,
  nowMs: number,
): void {
  if (isExpired(records, bucket, key, nowMs)) removeEntry(records, bucket, key);
}

/**
 * What a bucket holds, expired entries that are there still among it. A bucket that a version without
 * counts has written is counted when it is first written to again.
 */
function useOf(records: LmdbRecords, bucket: string): BucketUse {
  const count = records.getBinaryFast(countKey(bucket));
  if (count !== undefined) return { keys: numberIn(count, 0), bytes: numberIn(count, 8) };
  let [keys, bytes] = [0, 0];
  for (const place of records.getKeys(rangeAfter(bucket, undefined))) {
    keys += 1;
    bytes += Buffer.byteLength(keyOfEntry(place));
    bytes += records.getBinaryFast(place)?.length ?? 0;
  }
  return { keys, bytes };
}

function noteUse(records: LmdbRecords, bucket: string, before: BucketUse, after: BucketUse): void {
  const place = countKey(bucket);
  if (after.keys === 0) {
    records.remove(place);
    return;
  }
  if (after.keys === before.keys && after.bytes === before.bytes && records.doesExist(place))
    return;
  records.put(place, numbers(after.keys, after.bytes));
}

function noteExpiry(
  records: LmdbRecords,
  { bucket, key, dueMs }: Pick<LmdbEntry, 'bucket' | 'key' | 'dueMs'>,
  before: number | undefined,
): void {
  if (before === dueMs) return;
  if (before !== undefined) records.remove(dueKey(bucket, before, key));
  if (dueMs === undefined) {
    records.remove(expiryKey(bucket, key));
    return;
  }
  records.put(expiryKey(bucket, key), numbers(dueMs));
  records.put(dueKey(bucket, dueMs, key), new Uint8Array(0));
}

function removeFirstExpired(records: LmdbRecords, bucket: string, nowMs: number): boolean {
  for (const place of Array.from(records.getKeys({ ...dueBy(bucket, nowMs), limit: 1 }))) {
    removeEntry(records, bucket, dueEntry(place).key);
    // What stands in the order of time without an entry is nobody's any more.
    records.remove(place);
    return true;
  }
  return false;
}

function grown(
  { keys, bytes }: BucketUse,
  key: string,
  value: Uint8Array,
  replacedBytes: number | undefined,
): BucketUse {
  if (replacedBytes !== undefined) return { keys, bytes: bytes + value.byteLength - replacedBytes };
  return { keys: keys + 1, bytes: bytes + Buffer.byteLength(key) + value.byteLength };
}

function numbers(...values: readonly number[]): Uint8Array {
  const encoded = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) encoded.writeDoubleBE(value, index * 8);
  return encoded;
}

function numberIn(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(at);
}
