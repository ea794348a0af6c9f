import { ALL_DUE, dueAfter, dueBy, dueEntry, expiriesBetween, keyOfEntry } from './lmdb-keys.ts';
import { isExpired, type LmdbRecords } from './lmdb-ledger.ts';

/** Buckets that one sweep looks into at most. */
const SWEEP_BUCKETS = 1_000;

/**
 * Where a pass over all buckets stands.
 *
 * @internal
 */
export interface SweepPass {
  /** Everything in the order of keys before this has been looked at. */
  readonly from: Buffer;
  /** What will be due first among that, in milliseconds since the epoch. */
  readonly nextDueMs: number | undefined;
  readonly isDone: boolean;
}

/** A pass that is to begin. @internal */
export const NEW_PASS: SweepPass = { from: ALL_DUE.start, nextDueMs: undefined, isDone: false };

/**
 * Looks for what is due, a bounded number of entries in a bounded number of buckets.
 *
 * @internal
 */
export function findDue(
  records: LmdbRecords,
  pass: SweepPass,
  nowMs: number,
  limit: number,
): {
  readonly due: readonly { readonly bucket: string; readonly key: string }[];
  readonly pass: SweepPass;
} {
  const due: { readonly bucket: string; readonly key: string }[] = [];
  let { from, nextDueMs } = pass;
  for (let count = 0; count < SWEEP_BUCKETS; count += 1) {
    const first = firstKey(records, { start: from, end: ALL_DUE.end });
    if (first === undefined) return { due, pass: { from, nextDueMs, isDone: true } };
    const { bucket } = dueEntry(first);
    const range = { ...dueBy(bucket, nowMs), limit: limit - due.length };
    for (const place of records.getKeys(range)) due.push(dueEntry(place));
    if (due.length === limit) break;
    const later = dueAfter(bucket, nowMs);
    const next = firstKey(records, later);
    if (next !== undefined) {
      nextDueMs = Math.min(dueEntry(next).dueMs, nextDueMs ?? Number.POSITIVE_INFINITY);
    }
    from = later.end;
  }
  return { due, pass: { from, nextDueMs, isDone: false } };
}

/**
 * The keys behind one and up to another that have expired.
 *
 * @internal
 */
export function expiredBetween(
  records: LmdbRecords,
  bucket: string,
  after: string | undefined,
  last: string,
  nowMs: number,
): ReadonlySet<string> {
  const mortal = Array.from(records.getKeys(expiriesBetween(bucket, after, last)), keyOfEntry);
  return new Set(mortal.filter((key) => isExpired(records, bucket, key, nowMs)));
}

function firstKey(
  records: LmdbRecords,
  range: { readonly start: Buffer; readonly end: Buffer },
): Buffer | undefined {
  const [first] = Array.from(records.getKeys({ ...range, limit: 1 }));
  return first;
}
