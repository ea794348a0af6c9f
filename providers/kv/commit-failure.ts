import { setImmediate } from 'node:timers/promises';

/**
 * LMDB tells why a commit failed by a second promise, which nobody else listens to: unheard, its
 * rejection would end the process. It is rejected in the same turn or never.
 *
 * @internal
 */
export async function reasonOf(cause: unknown): Promise<unknown> {
  const reason = (cause as { readonly commitError?: unknown } | undefined)?.commitError;
  if (!(reason instanceof Promise)) return cause;
  const why = reason.then(
    () => cause,
    (rejected: unknown) => rejected,
  );
  return Promise.race([why, setImmediate(cause)]);
}
