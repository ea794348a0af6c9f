/**
 * A function of the host as a component sees it: it takes and gives lifted values. For a WIT function
 * that returns `result<T, E>` it returns the `T` and reports an `E` by throwing `HostResultError`.
 * Whatever else it throws (`GuestExit`, `GuestTrap`) passes through the guest to the caller, and the
 * guest never runs again. Records and variants that it returns have their fields as own properties.
 *
 * A host resource is any object: it is handed to the guest as a handle, comes back as the same object
 * and has its `[Symbol.dispose]()` called when the guest drops the owning handle.
 *
 * @internal
 */
export type HostFunction = (...args: unknown[]) => unknown;

/**
 * Finds the host's function for an import, once, when the component is bound.
 *
 * @param interfaceName - with its version, such as `wasi:io/poll@0.2.3`; empty for a plain function.
 * @param functionName - as in WIT, such as `[method]pollable.block`.
 * @internal
 */
export type HostImports = (interfaceName: string, functionName: string) => HostFunction | undefined;

/**
 * Thrown by a host function to answer `err(payload)`; only for functions that return a `result`.
 *
 * @internal
 */
export class HostResultError extends Error {
  readonly payload: unknown;
  constructor(payload: unknown) {
    super('the host answered with an error value');
    this.payload = payload;
  }
}
