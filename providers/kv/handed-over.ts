import { invalidField } from '../../lib/core/errors.ts';
import { BUCKET_NAME_BYTES, KEY_CEILING_BYTES } from './kv-limits.ts';

/**
 * An entry as one life gives it to the next: key, value, and when it expires, in milliseconds since
 * the epoch, if it does.
 */
type HandedEntry = readonly [key: string, value: Uint8Array, dueMs?: number];

/**
 * What a life that keeps everything in memory gives to the next.
 *
 * @internal
 */
export interface HandedData {
  readonly kind: 'kv';
  readonly backend: 'memory';
  readonly secret: Uint8Array;
  readonly buckets: readonly (readonly [bucket: string, entries: readonly HandedEntry[]])[];
}

/**
 * What a durable life gives to the next: its data stay where they are.
 *
 * @internal
 */
export interface HandedFolder {
  readonly kind: 'kv';
  readonly backend: 'lmdb';
}

/**
 * Checks what was inherited. It comes from another life, which may have been another's code.
 *
 * @throws `INVALID_REQUEST` naming `inherited`.
 * @internal
 */
export function checkedHandedOver(value: unknown): HandedData | HandedFolder {
  if (!isRecord(value) || value['kind'] !== 'kv') throw notOurs();
  if (value['backend'] === 'lmdb') return { kind: 'kv', backend: 'lmdb' };
  const { backend, secret, buckets } = value;
  if (backend !== 'memory' || !Array.isArray(buckets)) throw notOurs();
  if (!(secret instanceof Uint8Array) || secret.byteLength !== 32) throw notOurs();
  for (const bucket of buckets as readonly unknown[]) checkBucket(bucket);
  return { kind: 'kv', backend, secret, buckets: buckets as HandedData['buckets'] };
}

function checkBucket(bucket: unknown): void {
  if (!Array.isArray(bucket)) throw notOurs();
  const [name, entries] = bucket as readonly unknown[];
  if (!isText(name, BUCKET_NAME_BYTES) || !Array.isArray(entries)) throw notOurs();
  for (const entry of entries as readonly unknown[]) {
    if (!Array.isArray(entry)) throw notOurs();
    const [key, value, dueMs] = entry as readonly unknown[];
    if (!isText(key, KEY_CEILING_BYTES) || !(value instanceof Uint8Array)) throw notOurs();
    if (dueMs !== undefined && !isTime(dueMs)) throw notOurs();
  }
}

function isText(value: unknown, maxBytes: number): boolean {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.isWellFormed() &&
    Buffer.byteLength(value) <= maxBytes
  );
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function notOurs(): Error {
  return invalidField('inherited', 'was not handed over by a key-value provider');
}
