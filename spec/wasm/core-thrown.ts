import { expect } from 'chai';
import { isWasmatrixError, type WasmatrixError } from '../../lib/core/errors.ts';

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
