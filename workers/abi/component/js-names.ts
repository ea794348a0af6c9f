/**
 * The JavaScript name of a label in kebab case: `reply-to` becomes `replyTo`, `HTTP-status` becomes
 * `httpStatus`.
 *
 * @internal
 */
export function camelCase(label: string): string {
  return label
    .split('-')
    .map((word, index) => {
      const lower = word.toLowerCase();
      return index === 0 ? lower : lower.charAt(0).toUpperCase() + lower.slice(1);
    })
    .join('');
}

/**
 * A property that the object itself has: a field may be called `constructor` or `to-string`, and what
 * every object inherits is nobody's value.
 *
 * @internal
 */
export function ownProperty(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}
