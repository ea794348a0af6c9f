/**
 * What became of messages: handled; answered with an error; trapped, out of time or without a handler;
 * lost for want of room, of the grant or of the instance; refused to their publisher.
 *
 * @internal
 */
export type DeliveryFigure = 'delivered' | 'refused' | 'failed' | 'dropped' | 'rejected';

/**
 * Counts what became of messages; whatever is counted for one subscriber is counted in total too.
 *
 * @internal
 */
export class DeliveryFigures {
  readonly #total: DeliveryFigures | undefined;
  readonly #counts: Record<DeliveryFigure, number> = {
    delivered: 0,
    refused: 0,
    failed: 0,
    dropped: 0,
    rejected: 0,
  };

  constructor(total?: DeliveryFigures) {
    this.#total = total;
  }

  add(figure: DeliveryFigure, count = 1): void {
    this.#counts[figure] += count;
    this.#total?.add(figure, count);
  }

  /** The counts now. */
  snapshot(): Readonly<Record<DeliveryFigure, number>> {
    return { ...this.#counts };
  }
}
