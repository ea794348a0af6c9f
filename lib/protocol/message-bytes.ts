/**
 * About how many bytes a message takes while it waits to be sent: what is in it, without the little that it takes
 * to say so. For plain data only, as messages are.
 *
 * @internal
 */
export function messageBytes(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let bytes = 8 * parts.length;
  for (const part of parts) bytes += messageBytes(part);
  return bytes;
}
