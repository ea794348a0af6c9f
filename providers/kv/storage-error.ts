import { messageOf, WasmatrixError } from '../../lib/core/errors.ts';

/**
 * A store's failure in our own form; the original stays as the cause and never leaves the process.
 *
 * @internal
 */
export function storageError(doing: string, cause: unknown): WasmatrixError {
  return new WasmatrixError('STORAGE_ERROR', `${doing}: ${messageOf(cause)}`, {}, { cause });
}

/**
 * The store was closed before the call.
 *
 * @internal
 */
export function storeClosed(): WasmatrixError {
  return new WasmatrixError('STORAGE_ERROR', 'the key-value store is closed');
}
