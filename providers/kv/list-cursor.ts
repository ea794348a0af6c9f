import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { invalidField } from '../../lib/core/errors.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Keys are padded to a multiple of this, because the length of a hidden one tells something too. */
const PADDING_BYTES = 256;
/** Longer than any cursor that was ever given out. */
const MAX_CURSOR_CHARACTERS = 4_096;

/**
 * A cursor for the keys behind one. It is sealed: a page may end at a key that the guest must not
 * see, and a guest that could make its own cursors could search for such keys by where pages end.
 *
 * @param bucket - the only bucket in which the cursor is good.
 * @internal
 */
export function sealCursor(secret: Uint8Array, bucket: string, lastKey: string): string {
  const length = Buffer.byteLength(lastKey);
  const padded = Buffer.alloc(Math.ceil((length + 2) / PADDING_BYTES) * PADDING_BYTES);
  padded.writeUInt16BE(length);
  padded.write(lastKey, 2);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(bucket));
  const sealed = Buffer.concat([cipher.update(padded), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/**
 * The key behind which a listing goes on.
 *
 * @throws `INVALID_REQUEST` naming `cursor`, if it was not given out for this bucket of this store.
 * @internal
 */
export function openCursor(secret: Uint8Array, bucket: string, cursor: string): string {
  if (cursor.length <= MAX_CURSOR_CHARACTERS) {
    const bytes = Buffer.from(cursor, 'base64url');
    if (bytes.byteLength > NONCE_BYTES + TAG_BYTES) {
      try {
        return unsealed(secret, bucket, bytes);
      } catch {
        // A seal that does not fit says nothing more than the failure below.
      }
    }
  }
  throw invalidField('cursor', 'was not given out by a listing of this bucket');
}

function unsealed(secret: Uint8Array, bucket: string, bytes: Buffer): string {
  const sealedFrom = NONCE_BYTES + TAG_BYTES;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(bucket));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, sealedFrom));
  const padded = Buffer.concat([decipher.update(bytes.subarray(sealedFrom)), decipher.final()]);
  return padded.toString('utf8', 2, 2 + padded.readUInt16BE());
}
