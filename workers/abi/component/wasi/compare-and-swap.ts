import { HostResource, HostResultError } from '../host-imports.ts';
import { type KeyValueCalls, otherError } from './keyvalue-calls.ts';

/** A guest retries one at a time; more are leaked ones. */
const MAX_SNAPSHOTS = 256;
/** The values they keep, in payloads. */
const MAX_SNAPSHOT_PAYLOADS = 8;

/**
 * The `cas` handles that a guest holds. Each keeps the value that was read, which is memory of the
 * host's outside the guest's own limit; so they are counted and weighed.
 *
 * @internal
 */
export class Snapshots {
  readonly #calls: KeyValueCalls;
  readonly #maxBytes: number;
  #count = 0;
  #bytes = 0;

  constructor(calls: KeyValueCalls, payloadBytes: number) {
    this.#calls = calls;
    this.#maxBytes = payloadBytes * MAX_SNAPSHOT_PAYLOADS;
  }

  /**
   * Reads the key, which therefore needs the permission to read.
   *
   * @throws `HostResultError` with a `StoreError`.
   */
  take(bucket: string, key: string): CompareAndSwap {
    const value = this.#calls.bytes('get', [bucket, key]);
    const bytes = (value?.length ?? 0) + 2 * key.length;
    if (this.#count >= MAX_SNAPSHOTS || this.#bytes + bytes > this.#maxBytes) {
      throw otherError('too many compare-and-swap handles are open');
    }
    this.#count++;
    this.#bytes += bytes;
    return new CompareAndSwap(bucket, key, value, () => {
      this.#count--;
      this.#bytes -= bytes;
    });
  }

  /**
   * Writes if the key still holds what the handle has read. The handle is used up either way.
   *
   * @throws `HostResultError` with a `cas-error`; a failed one carries a fresh handle.
   */
  swap(handle: CompareAndSwap, value: Uint8Array): void {
    const { bucket, key, current } = handle;
    handle[Symbol.dispose]();
    let fresh: CompareAndSwap;
    try {
      if (this.#calls.flag('cas', [bucket, key, current, value])) return;
      fresh = this.take(bucket, key);
    } catch (thrown) {
      if (!(thrown instanceof HostResultError)) throw thrown;
      throw new HostResultError({ tag: 'store-error', val: thrown.payload });
    }
    throw new HostResultError({ tag: 'cas-failed', val: fresh });
  }
}

/**
 * `cas`: what a key held when the handle was made.
 *
 * @internal
 */
export class CompareAndSwap extends HostResource implements Disposable {
  readonly bucket: string;
  readonly key: string;
  readonly current: Uint8Array | undefined;
  #release: (() => void) | undefined;

  constructor(bucket: string, key: string, current: Uint8Array | undefined, release: () => void) {
    super();
    this.bucket = bucket;
    this.key = key;
    this.current = current;
    this.#release = release;
  }

  /** Idempotent: a handle that was swapped is gone already when the guest drops it. */
  [Symbol.dispose](): void {
    this.#release?.();
    this.#release = undefined;
  }
}
