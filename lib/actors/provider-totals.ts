import type { LatencyFigures } from '../core/latency-buckets.ts';
import { LatencyBuckets } from '../core/latency-buckets.ts';
import type { ProviderFigures } from '../protocol/provider-figures.ts';

/** Calls so far: of a provider over its lives, or of several. They only grow. */
export class ProviderTotals {
  served = 0;
  denied = 0;
  readonly latency = new LatencyBuckets();

  add({ served, denied, latency }: Pick<ProviderFigures, 'served' | 'denied' | 'latency'>): void {
    this.served += served;
    this.denied += denied;
    this.latency.add(latency);
  }
}

/** Kinds of providers that are told apart: whoever starts providers names them. */
const MOST_TYPES = 32;
const OTHER = 'other';

/** Calls so far by type of provider; the types beyond a bound share one name. */
export class TotalsByType {
  readonly #totals = new Map<string, ProviderTotals>();

  add(type: string, totals: ProviderTotals): void {
    const key = this.#totals.has(type) || this.#totals.size < MOST_TYPES ? type : OTHER;
    const sum = this.#totals.get(key) ?? new ProviderTotals();
    sum.add(totals);
    this.#totals.set(key, sum);
  }

  /** The same and those of further providers. */
  with(others: Iterable<{ readonly providerType: string; readonly totals: ProviderTotals }>): this {
    const all = new TotalsByType() as this;
    for (const [type, totals] of this.#totals) all.add(type, totals);
    for (const { providerType, totals } of others) all.add(providerType, totals);
    return all;
  }

  get counts(): { readonly served: number; readonly denied: number } {
    let served = 0;
    let denied = 0;
    for (const totals of this.#totals.values()) {
      served += totals.served;
      denied += totals.denied;
    }
    return { served, denied };
  }

  get latency(): Readonly<Record<string, LatencyFigures>> {
    return Object.fromEntries(
      [...this.#totals].map(([type, { latency }]) => [type, latency.figures()]),
    );
  }
}
