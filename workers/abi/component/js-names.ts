/**
 * A property that the object itself has: a field may be called `constructor` or `to-string`, and what
 * every object inherits is nobody's value.
 *
 * @internal
 */
export function ownProperty(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

/**
 * An object with all the keys, to be copied and filled. V8 turns an object that is given more than a
 * dozen properties by computed names into a hash table, several times as large; one that `JSON.parse`
 * made, and copies of it, stay compact.
 *
 * @internal
 */
export function objectTemplate<T>(
  keys: readonly string[],
  initial: T,
): Readonly<Record<string, T>> {
  const entries = keys.map((key) => [key, initial]);
  return JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Record<string, T>;
}
