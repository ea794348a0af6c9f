import { invalidField } from '../../lib/core/errors.ts';
import type { ProviderOperation, WireValue } from '../../lib/core/provider.ts';
import { PAGE_BYTES } from './kv-limits.ts';
import { type KvState, type KvTarget, operation } from './kv-operation.ts';
import { type KvPage, whenReady } from './kv-store.ts';
import { openCursor, sealCursor } from './list-cursor.ts';

/**
 * Answers a page of keys in UTF-8 byte order: only those that the caller may read. One call looks at
 * `pageSize` keys, so where many are hidden or expired a page may be short or empty and still have a
 * cursor;
 * the listing ends at the page without one. A key that existed throughout is listed exactly once.
 *
 * @internal
 */
export const listKeys: ProviderOperation<KvState> = operation(
  2,
  (args) => cursorFrom(args[1]),
  () => ({ action: 'kv:read' }),
  (cursor, target) => {
    const { store, bucket, limits } = target;
    const after = cursor === undefined ? undefined : openCursor(store.secret, bucket, cursor);
    const page = store.listAfter(bucket, after, limits.pageSize);
    return whenReady(page, (ready) => shownOf(ready, target));
  },
);

function shownOf(page: KvPage, target: KvTarget): WireValue {
  const { store, bucket, context } = target;
  const keys: string[] = [];
  let [bytes, lookedAt] = [0, 0];
  for (const key of page.keys) {
    if (bytes >= PAGE_BYTES) break;
    lookedAt += 1;
    if (!context.allows({ action: 'kv:read', scope: key })) continue;
    keys.push(key);
    bytes += Buffer.byteLength(key);
  }
  const isWhole = lookedAt === page.keys.length;
  const last = isWhole ? page.last : page.keys[lookedAt - 1];
  if (last === undefined || (isWhole && page.isEnd)) return { keys, cursor: undefined };
  return { keys, cursor: sealCursor(store.secret, bucket, last) };
}

function cursorFrom(value: WireValue): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalidField('cursor', 'must be a string');
  return value;
}
