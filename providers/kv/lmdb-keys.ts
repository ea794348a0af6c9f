/** Marks entries of guests; other first bytes are the store's own. */
const ENTRY = 1;
/** Marks what the store keeps for itself. */
const OWN = 2;
/** Marks when an entry expires, by its key. An entry without one lives for ever. */
const EXPIRY = 3;
/** Marks the same once more, in the order of time within a bucket. */
const DUE = 4;
/** Marks how much a bucket holds. */
const COUNT = 5;

/** Marker and length of the bucket's name. */
const HEAD_BYTES = 3;
/** A time within a key: milliseconds since the epoch, the most significant byte first. */
const TIME_BYTES = 8;
const UINT32 = 2 ** 32;
/** No UTF-8 sequence has this byte, so it is behind every key of a bucket; no time begins with it. */
const BEHIND_ALL = Buffer.from([0xff]);

/** Where the secret of the list cursors is kept. @internal */
export const SECRET_KEY: Buffer = Buffer.from([OWN]);

/** Before and behind everything that is in the order of time. @internal */
export const ALL_DUE: KeyRange = { start: Buffer.from([DUE]), end: Buffer.from([COUNT]) };

/**
 * A range of keys: start inclusive, end exclusive.
 *
 * @internal
 */
export interface KeyRange {
  readonly start: Buffer;
  readonly end: Buffer;
}

/**
 * The key of an entry: marker, length of the bucket's name (two bytes), the name, the guest's key.
 * The length keeps two buckets apart, one of which begins with the other's name; the rest compares
 * as the guest's key does.
 *
 * @internal
 */
export function entryKey(bucket: string, key: string): Buffer {
  return markedKey(ENTRY, bucket, 0, key);
}

/**
 * Where it is kept when an entry expires.
 *
 * @internal
 */
export function expiryKey(bucket: string, key: string): Buffer {
  return markedKey(EXPIRY, bucket, 0, key);
}

/**
 * Where an entry stands in the order of time.
 *
 * @internal
 */
export function dueKey(bucket: string, dueMs: number, key: string): Buffer {
  const encoded = markedKey(DUE, bucket, TIME_BYTES, key);
  const at = HEAD_BYTES + encoded.readUInt16BE(1);
  encoded.writeUInt32BE(Math.floor(dueMs / UINT32), at);
  encoded.writeUInt32BE(dueMs % UINT32, at + 4);
  return encoded;
}

/**
 * Where it is kept how much a bucket holds.
 *
 * @internal
 */
export function countKey(bucket: string): Buffer {
  return markedKey(COUNT, bucket, 0, '');
}

/**
 * The guest's part of an entry's key, or of where its expiry is kept.
 *
 * @internal
 */
export function keyOfEntry(encoded: Buffer): string {
  return encoded.toString('utf8', HEAD_BYTES + encoded.readUInt16BE(1));
}

/**
 * What a place in the order of time stands for.
 *
 * @internal
 */
export function dueEntry(encoded: Buffer): {
  readonly bucket: string;
  readonly dueMs: number;
  readonly key: string;
} {
  const at = HEAD_BYTES + encoded.readUInt16BE(1);
  return {
    bucket: encoded.toString('utf8', HEAD_BYTES, at),
    dueMs: encoded.readUInt32BE(at) * UINT32 + encoded.readUInt32BE(at + 4),
    key: encoded.toString('utf8', at + TIME_BYTES),
  };
}

/**
 * The entries of a bucket behind a key, or all of them.
 *
 * @internal
 */
export function rangeAfter(bucket: string, after: string | undefined): KeyRange {
  // A key followed by a zero byte is the next one that could exist.
  const start = after === undefined ? entryKey(bucket, '') : entryKey(bucket, `${after}\0`);
  return { start, end: Buffer.concat([entryKey(bucket, ''), BEHIND_ALL]) };
}

/**
 * The expiries of the entries behind one key and up to another, that one among them.
 *
 * @internal
 */
export function expiriesBetween(bucket: string, after: string | undefined, last: string): KeyRange {
  const start = after === undefined ? expiryKey(bucket, '') : expiryKey(bucket, `${after}\0`);
  return { start, end: expiryKey(bucket, `${last}\0`) };
}

/**
 * What of a bucket is due by a time.
 *
 * @internal
 */
export function dueBy(bucket: string, nowMs: number): KeyRange {
  return { start: markedKey(DUE, bucket, 0, ''), end: dueKey(bucket, nowMs + 1, '') };
}

/**
 * What of a bucket is due after a time.
 *
 * @internal
 */
export function dueAfter(bucket: string, nowMs: number): KeyRange {
  const end = Buffer.concat([markedKey(DUE, bucket, 0, ''), BEHIND_ALL]);
  return { start: dueKey(bucket, nowMs + 1, ''), end };
}

function markedKey(marker: number, bucket: string, gapBytes: number, key: string): Buffer {
  const bucketBytes = Buffer.byteLength(bucket);
  const keyAt = HEAD_BYTES + bucketBytes + gapBytes;
  const encoded = Buffer.allocUnsafe(keyAt + Buffer.byteLength(key));
  encoded[0] = marker;
  encoded.writeUInt16BE(bucketBytes, 1);
  encoded.write(bucket, HEAD_BYTES);
  encoded.write(key, keyAt);
  return encoded;
}
