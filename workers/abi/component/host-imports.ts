/**
 * A function of the host as a component sees it: it takes and gives lifted values. For a WIT function
 * that returns `result<T, E>` it returns the `T` and reports an `E` by throwing `HostResultError`.
 * Whatever else it throws (`GuestExit`, `GuestTrap`) passes through the guest to the caller, and the
 * guest never runs again. Records and variants that it returns have their fields as own properties.
 *
 * A `HostResource` is handed to the guest as a handle and comes back as the same object.
 *
 * @internal
 */
export type HostFunction = (...args: unknown[]) => unknown;

/**
 * What the host may give a guest a handle to. Nothing else becomes a handle, whatever type the guest
 * declares: a handle keeps its object alive, and a list of bytes behind it would be memory of the
 * host's that no limit counts. So a subclass is small, or counts what it keeps. If it is `Disposable`,
 * it is disposed of when the guest drops the owning handle.
 *
 * @internal
 */
export abstract class HostResource {
  /** Tells the compiler that not every object is one. */
  protected readonly isHostResource = true;
}

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
