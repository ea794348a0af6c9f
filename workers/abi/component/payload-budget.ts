/** What surrounds the content of the largest value, as in a capability message. */
const ENVELOPE_BYTES = 64 * 1_024;

/**
 * What values cost the loop of the host that takes them over as a message, in units of at most about
 * 20 ns; measured with Node 26, where a million records of one byte held it for more than half a
 * second.
 *
 * @internal
 */
export const HOST_WORK = {
  /** Any value, besides what follows. */
  value: 16,
  /** An array or object, besides what it holds. */
  container: 32,
  /** A typed array, which has a buffer of its own. */
  typedArray: 64,
} as const;

/**
 * What one value that crosses the border may still take. Two things are counted, because a value whose
 * content is exactly as large as allowed is allowed, however it is wrapped:
 *
 * - its content, the bytes of strings and of lists of numbers: up to `payloadBytes`;
 * - its structure, everything else, such as fields, tags and the places of a list: up to
 *   `payloadBytes` and 64 KiB.
 *
 * A result has a third bound, of the work that the host will have with it: up to `payloadBytes` and
 * 64 KiB in units of `HOST_WORK` and characters of the names of fields and cases, which at the default
 * limit is about 34,000 values or 22,000 records of one field, and at most some 20 ms.
 *
 * Each argument and each result of an export has a budget of its own. All arguments of one call of an
 * import have one, whose content may be twice the largest capability message: so that a guest which
 * says too much is told so in its own form, and only one that says far too much is stopped.
 *
 * @internal
 */
export class PayloadBudget {
  /** Bytes of content that there were in the beginning. */
  readonly contentBytes: number;
  #contentLeft: number;
  #structureLeft: number;
  #hostWorkLeft: number;
  /** Handles that the arguments have used so far, to find one that is given away and used again. */
  readonly handlesUsed: Map<number, 'own' | 'borrow'> | undefined;

  constructor(
    contentBytes: number,
    structureBytes: number,
    handlesUsed?: Map<number, 'own' | 'borrow'>,
    hostWork: number = Number.POSITIVE_INFINITY,
  ) {
    this.contentBytes = contentBytes;
    this.#contentLeft = contentBytes;
    this.#structureLeft = structureBytes;
    this.#hostWorkLeft = hostWork;
    this.handlesUsed = handlesUsed;
  }

  takeContent(bytes: number): void {
    this.#contentLeft -= bytes;
  }

  takeStructure(bytes: number): void {
    this.#structureLeft -= bytes;
  }

  takeHostWork(units: number): void {
    this.#hostWorkLeft -= units;
  }

  /** The value is too large; whoever takes looks at this before making anything of what was taken. */
  get isSpent(): boolean {
    return this.#contentLeft < 0 || this.#structureLeft < 0 || this.#hostWorkLeft < 0;
  }
}

/**
 * The budget of one result of an export.
 *
 * @internal
 */
export function resultBudget(payloadBytes: number): PayloadBudget {
  const structure = payloadBytes + ENVELOPE_BYTES;
  return new PayloadBudget(payloadBytes, structure, undefined, structure);
}

/**
 * The budget of one argument of an export.
 *
 * @internal
 */
export function valueBudget(
  payloadBytes: number,
  handlesUsed?: Map<number, 'own' | 'borrow'>,
): PayloadBudget {
  return new PayloadBudget(payloadBytes, payloadBytes + ENVELOPE_BYTES, handlesUsed);
}

/**
 * The budget of all arguments of one call of an import.
 *
 * @internal
 */
export function importBudget(payloadBytes: number): PayloadBudget {
  const messageBytes = payloadBytes + ENVELOPE_BYTES;
  return new PayloadBudget(2 * messageBytes, messageBytes);
}

/**
 * For values of the host's own, of which only the form is checked.
 *
 * @internal
 */
export function unlimitedBudget(): PayloadBudget {
  return new PayloadBudget(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
}
