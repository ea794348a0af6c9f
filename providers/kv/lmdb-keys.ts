/** Marks entries of guests; other first bytes are the store's own. */
const ENTRY = 1;
/** Marks what the store keeps for itself. */
const OWN = 2;
/** Marker and length of the bucket's name. */
const HEAD_BYTES = 3;
/** No UTF-8 sequence has this byte, so it is behind every key of a bucket. */
const BEHIND_UTF8 = 0xff;

/** Where the secret of the list cursors is kept. @internal */
export const SECRET_KEY: Buffer = Buffer.from([OWN]);

/**
 * The key of an entry: marker, length of the bucket's name (two bytes), the name, the guest's key.
 * The length keeps two buckets apart, one of which begins with the other's name; the rest compares
 * as the guest's key does.
 *
 * @internal
 */
export function entryKey(bucket: string, key: string): Buffer {
  const bucketBytes = Buffer.byteLength(bucket);
  const encoded = Buffer.allocUnsafe(HEAD_BYTES + bucketBytes + Buffer.byteLength(key));
  encoded[0] = ENTRY;
  encoded.writeUInt16BE(bucketBytes, 1);
  encoded.write(bucket, HEAD_BYTES);
  encoded.write(key, HEAD_BYTES + bucketBytes);
  return encoded;
}

/**
 * The guest's part of an entry's key.
 *
 * @internal
 */
export function keyOfEntry(encoded: Buffer): string {
  return encoded.toString('utf8', HEAD_BYTES + encoded.readUInt16BE(1));
}

/**
 * The range of keys behind one of a bucket: start inclusive, end exclusive.
 *
 * @internal
 */
export function rangeAfter(
  bucket: string,
  after: string | undefined,
): { readonly start: Buffer; readonly end: Buffer } {
  // A key followed by a zero byte is the next one that could exist.
  const start = after === undefined ? entryKey(bucket, '') : entryKey(bucket, `${after}\0`);
  return { start, end: Buffer.concat([entryKey(bucket, ''), Buffer.from([BEHIND_UTF8])]) };
}
