/**
 * What one provider accepts.
 *
 * @internal
 */
export interface KvLimits {
  /** Most bytes of a key in UTF-8. */
  readonly maxKeyBytes: number;
  /** Most bytes of a value. */
  readonly maxValueBytes: number;
  /** Most bytes of all values of one batch, in or out. */
  readonly maxBatchBytes: number;
  /** Most keys that one call of `list` looks at, shown or not. */
  readonly pageSize: number;
}

/**
 * What holds where the configuration says nothing.
 *
 * @internal
 */
export const DEFAULT_LIMITS: KvLimits = {
  maxKeyBytes: 1_024,
  maxValueBytes: 1_048_576,
  maxBatchBytes: 4_194_304,
  pageSize: 1_000,
};

/**
 * No provider accepts longer keys: with a bucket's name they still fit LMDB's 1,978 bytes, so data
 * may move from any backend to another.
 *
 * @internal
 */
export const KEY_CEILING_BYTES = 1_600;

/** Bytes that a store in memory holds where the configuration says nothing: 256 MiB. @internal */
export const DEFAULT_MAX_BYTES = 268_435_456;

/** What each entry of a store in memory is taken to cost besides its key and value. @internal */
export const ENTRY_BYTES = 128;

/** Most bytes of a bucket's name, the guest's or the store's. @internal */
export const BUCKET_NAME_BYTES = 256;

/** Most keys or entries of one batch. @internal */
export const BATCH_ENTRIES = 1_000;

/** A page of `list` ends once its keys have this many bytes, so that it fits a message. @internal */
export const PAGE_BYTES = 262_144;

/** The longest time to live: 10 years of 365 days, in milliseconds. @internal */
export const MAX_TTL_MS = 315_360_000_000;
