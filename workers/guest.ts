import type { WireValue } from '../lib/core/provider.ts';
import type { FuelTank } from './fuel-tank.ts';

/**
 * A guest bound to its ABI inside its own thread. Whatever it throws is one of the classes of
 * `guest-failure.ts`, a `WebAssembly.RuntimeError` (a trap), or a `RangeError` of V8 (stack, memory).
 */
export interface Guest {
  /** Runs a command to its end and returns its exit code; absent for guests that are called. */
  readonly run?: () => number;
  /** Calls an export by its public name and returns a cloneable value. */
  invoke(exportName: string, args: readonly unknown[]): unknown;
  /** Bytes of all linear memories now. */
  memoryBytes(): number;
}

/** Everything an ABI may reach. There is nothing else: no environment, no clock of its own, no I/O. */
export interface GuestHost {
  /**
   * Calls a provider and blocks until it answers.
   *
   * @param family - the provider type, for example `kv`.
   * @param capabilityId - the only assignment that may serve it; left out: any.
   * @throws `CapabilityRefused` with the code, when it was refused or failed.
   */
  call(
    family: string,
    operation: string,
    args: readonly WireValue[],
    capabilityId?: string,
  ): WireValue;
  /**
   * Calls the operation that an assignment maps a host function to, and blocks until it answers.
   *
   * @throws `CapabilityRefused`, as `call` does.
   */
  callHostFunction(name: string, args: readonly WireValue[]): WireValue;
  /** Keeps bytes of standard output or error; never fails and never blocks. */
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  /** Blocks the thread; a kill ends it at once. */
  sleep(ms: number): void;
  /** Nanoseconds since the epoch. */
  wallClockNs(): bigint;
  /** Nanoseconds since the start of this life. */
  monotonicClockNs(): bigint;
  /** Fills with cryptographically strong random bytes; any length. */
  fillRandom(bytes: Uint8Array): void;
  /** What the guest pays from; absent for modules that are not metered. */
  readonly fuel?: FuelTank;
  readonly limits: {
    /** Most bytes of one argument, result or capability message. */
    readonly payloadBytes: number;
    /** How many requests one instantiation of a component answers at the most. */
    readonly requestsPerInstantiation: number;
  };
  readonly wasi: {
    /** `args[0]` is the program's name. */
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly stdin: Uint8Array;
    /** Initial files by absolute or relative path; parents are made. */
    readonly files: Readonly<Record<string, Uint8Array>>;
    /** Most bytes that all files together may grow to beyond the initial ones. */
    readonly scratchBytes: number;
  };
  readonly config: Readonly<Record<string, string>>;
}
