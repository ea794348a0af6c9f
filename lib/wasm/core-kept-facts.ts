import { CORE_CEILINGS } from './core-ceilings.ts';
import type { CoreSignature } from './core-module.ts';
import { tooMany } from './core-refusals.ts';

/**
 * Counts what a module makes the host remember, because one type may stand behind thousands of
 * exports and every name is the guest's choice.
 *
 * @internal
 */
export class KeptFacts {
  #namesLength = 0;
  #signatureValues = 0;

  /** @throws `VALIDATION_ERROR` if it, or all names together, are too long. */
  name(name: string): string {
    const { nameLength, namesLength } = CORE_CEILINGS;
    if (name.length > nameLength) throw tooMany('characters in a name', name.length, nameLength);
    this.#namesLength += name.length;
    if (this.#namesLength > namesLength) {
      throw tooMany('characters in names', this.#namesLength, namesLength);
    }
    return name;
  }

  /** @throws `VALIDATION_ERROR` if all signatures together are too long. */
  signature(signature: CoreSignature): CoreSignature {
    this.#signatureValues += signature.params.length + signature.results.length;
    const limit = CORE_CEILINGS.signatureValues;
    if (this.#signatureValues > limit) {
      throw tooMany('parameters of imports and exports', this.#signatureValues, limit);
    }
    return signature;
  }
}
