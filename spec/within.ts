/**
 * Waits for something, but not for ever.
 *
 * @param timeoutMs - how long, in milliseconds.
 * @param what - what is waited for, for the message.
 * @throws when it takes longer.
 */
export async function within<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} took over ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
