/**
 * Whether a value is answered later. Providers may come with promises of a realm or a library of
 * their own, which `instanceof Promise` does not know.
 *
 * @internal
 */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return typeof (value as { readonly then?: unknown }).then === 'function';
}
