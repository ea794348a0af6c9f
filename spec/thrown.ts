import { expect } from 'chai';
import { isWasmatrixError, type WasmatrixError } from '../lib/core/errors.ts';

/** What `run` throws, which has to be one of our errors. */
export function thrownBy(run: () => unknown): WasmatrixError {
  try {
    run();
  } catch (error) {
    if (isWasmatrixError(error)) return error;
    throw error;
  }
  return expect.fail('nothing was thrown');
}

/** What a promise rejects with, which has to be one of our errors. */
export async function rejectionOf(promise: Promise<unknown>): Promise<WasmatrixError> {
  try {
    await promise;
  } catch (error) {
    if (isWasmatrixError(error)) return error;
    throw error;
  }
  return expect.fail('nothing was rejected');
}

/** Lets every promise that can settle by itself do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * The payload of the error that something throws; fails if it throws none, and passes others on.
 *
 * @param errorClass - whose errors carry a payload.
 */
export function payloadThrownBy(
  errorClass: new (payload: never) => { readonly payload: unknown },
  act: () => unknown,
): unknown {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof errorClass) return thrown.payload;
    throw thrown;
  }
  throw new Error('answered no error');
}
