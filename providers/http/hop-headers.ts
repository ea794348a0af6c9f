/** About one connection, which is ours to run, and not about what goes over it. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
]);

/**
 * Whether a header is only about the connection. It is left out on the way to the server and on the
 * way back: what the guest gets is not chunked any more.
 *
 * @param name - in lower case.
 * @internal
 */
export function isHopHeader(name: string): boolean {
  return HOP_HEADERS.has(name);
}
