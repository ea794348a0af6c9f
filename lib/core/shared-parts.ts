/** Different parts that are kept; more of them are a sign that there is little to share. */
const MAX_PARTS = 4_096;
/** Characters of the longest part that is worth comparing. */
const MAX_LENGTH = 4_096;

/**
 * Keeps one copy of parts that many have alike, such as the limits of a hundred thousand instances.
 *
 * @internal
 */
export class SharedParts {
  readonly #parts = new Map<string, object>();

  /** The same content, in an object that others may have, too; it must be plain data and never change. */
  share<T extends object>(part: T): T {
    const key = JSON.stringify(part);
    const known = this.#parts.get(key);
    if (known !== undefined) return known as T;
    if (this.#parts.size < MAX_PARTS && key.length <= MAX_LENGTH) this.#parts.set(key, part);
    return part;
  }
}
