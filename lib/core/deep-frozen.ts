/**
 * Freezes plain data with everything in it, so that it can be handed out without a copy. Bytes stay as
 * they are, because the language cannot freeze them.
 *
 * @internal
 */
export function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const item of Object.values(value)) deepFrozen(item);
  return Object.freeze(value);
}
