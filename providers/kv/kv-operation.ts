import { invalidField, WasmatrixError } from '../../lib/core/errors.ts';
import type {
  CallContext,
  ProviderOperation,
  RequiredPermission,
  WireValue,
} from '../../lib/core/provider.ts';
import { atMost, bucketOf } from './kv-arguments.ts';
import { mappedBucket } from './kv-assignment.ts';
import type { KvLimits } from './kv-limits.ts';
import type { Awaitable, KvStore } from './kv-store.ts';

/**
 * One life of a provider.
 *
 * @public
 */
export interface KvState {
  /** @internal */
  readonly backend: 'memory' | 'lmdb';
  /** @internal */
  readonly store: KvStore;
  /** @internal */
  readonly limits: KvLimits;
}

/**
 * What an operation works on: the store's own name of the bucket, never the guest's.
 *
 * @internal
 */
export interface KvTarget extends KvState {
  readonly bucket: string;
  readonly context: CallContext;
}

/**
 * An operation whose arguments are parsed before anything else, with one parser for the permission
 * and the deed, so that what was checked is what is done. Nothing is kept between the two: that would
 * be hardly faster (measured: 8 %), and leave the data of a refused call behind.
 *
 * @param count - how many arguments it takes, the bucket among them.
 * @internal
 */
export function operation<Request>(
  count: number,
  parse: (args: readonly WireValue[]) => Request,
  needs: (request: Request) => RequiredPermission | readonly RequiredPermission[],
  run: (request: Request, target: KvTarget) => Awaitable<WireValue>,
): ProviderOperation<KvState> {
  return {
    permission(args) {
      atMost(args, count);
      bucketOf(args);
      return needs(parse(args));
    },
    run(args, context, state) {
      const bucket = mappedBucket(bucketOf(args), context);
      if (bucket === undefined) {
        throw new WasmatrixError('CAPABILITY_NOT_FOUND', 'bucket: there is none of that name', {
          field: 'bucket',
        });
      }
      const { backend, store, limits } = state;
      return run(parse(args), { backend, store, limits, bucket, context });
    },
  };
}

/**
 * Refuses a key that this provider finds too long.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function checkKeySize(key: string, limits: KvLimits, field = 'key'): void {
  if (key.length * 3 > limits.maxKeyBytes && Buffer.byteLength(key) > limits.maxKeyBytes) {
    throw invalidField(field, `must be at most ${limits.maxKeyBytes} bytes`);
  }
}

/**
 * Refuses a value, or a sum of values, above a limit.
 *
 * @throws `RESOURCE_EXHAUSTED` naming the field.
 * @internal
 */
export function checkSize(bytes: number, limitBytes: number, field: string): void {
  if (bytes > limitBytes) {
    throw new WasmatrixError('RESOURCE_EXHAUSTED', `${field}: larger than ${limitBytes} bytes`, {
      field,
      limitBytes,
    });
  }
}
