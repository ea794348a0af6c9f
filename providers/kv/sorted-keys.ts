import { compareUtf8 } from './utf8-order.ts';

/** A full chunk splits in two; inserting moves at most this many references. */
const CHUNK_KEYS = 512;

/**
 * A set of keys in UTF-8 byte order. Chunked, so that adding a key to a large set moves a few
 * hundred references and a page costs what it shows, with no sorting at all.
 *
 * @internal
 */
export class SortedKeys {
  /** No chunk is ever empty. */
  readonly #chunks: string[][] = [];

  /** The key must not be in the set yet. */
  add(key: string): void {
    const at = Math.max(0, this.#chunkOf(key));
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push([key]);
      return;
    }
    chunk.splice(firstBehind(chunk, key), 0, key);
    if (chunk.length > CHUNK_KEYS) {
      this.#chunks.splice(at + 1, 0, chunk.splice(chunk.length >>> 1));
    }
  }

  /** An absent key is no failure. */
  delete(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return;
    const index = firstBehind(chunk, key) - 1;
    if (chunk[index] !== key) return;
    chunk.splice(index, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** The first keys behind `key`, or the very first, at most `limit`. */
  after(key: string | undefined, limit: number): string[] {
    const page: string[] = [];
    let at = key === undefined ? 0 : Math.max(0, this.#chunkOf(key));
    let chunk = this.#chunks[at];
    let from = key === undefined || chunk === undefined ? 0 : firstBehind(chunk, key);
    while (chunk !== undefined && page.length < limit) {
      page.push(...chunk.slice(from, from + limit - page.length));
      from = 0;
      at += 1;
      chunk = this.#chunks[at];
    }
    return page;
  }

  /** Index of the last chunk that begins at or before the key; -1 if none does. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = this.#chunks[middle]?.[0];
      if (first !== undefined && compareUtf8(first, key) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

/** Index of the first key that is greater than the given one. */
function firstBehind(chunk: readonly string[], key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const candidate = chunk[middle];
    if (candidate !== undefined && compareUtf8(candidate, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
