import { AsyncLocalStorage } from 'node:async_hooks';

const callers = new AsyncLocalStorage<string>();

/**
 * Does something in the name of a caller from outside: grants that are given or taken meanwhile are recorded
 * with it.
 *
 * @param caller - undefined: in nobody's name.
 * @internal
 */
export function asCaller<T>(caller: string | undefined, act: () => T): T {
  return caller === undefined ? act() : callers.run(caller, act);
}

/**
 * The caller in whose name something is done, for the details of a fact.
 *
 * @internal
 */
export function callerDetail(): { readonly caller?: string } {
  const caller = callers.getStore();
  return caller === undefined ? {} : { caller };
}
