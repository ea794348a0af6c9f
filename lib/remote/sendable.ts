import { invalidField, isWasmatrixError } from '../core/errors.ts';
import { within } from '../core/field-checks.ts';
import { toTagged } from '../protocol/tagged-values.ts';

/**
 * Makes sure that a request can be sent, before anything of it is.
 *
 * @throws `INVALID_REQUEST` naming the field that holds what cannot leave the process, such as a function.
 * @internal
 */
export function assertSendable(request: Readonly<Record<string, unknown>>, field = ''): void {
  for (const [key, value] of Object.entries(request)) {
    const at = within(field, key);
    try {
      toTagged(value, at);
    } catch (error) {
      if (isWasmatrixError(error)) throw error;
      // A getter or a proxy: reading runs code of the caller's.
      throw invalidField(at, 'cannot be read');
    }
  }
}
