import type { ExecutionEvent } from '../../core/execution-event.ts';
import type { LatencyFigures } from '../../core/latency-buckets.ts';
import { callsBetween, latencyQuantile } from '../model/latency-quantile.ts';
import { TimeBins } from '../model/time-bins.ts';
import { countText, millisecondsText } from './amounts.ts';
import { part } from './element.ts';
import { TimeChart } from './time-chart.ts';

const BIN_MS = 5_000;
const BINS = 60;
/** Looks that are kept of what is asked for every two seconds: as much time as the bins have. */
const LOOKS = 150;
const SHARES = [0.5, 0.9, 0.99] as const;

/** Crashes, restarts, calls and how long they took, over the last five minutes. */
export class RatesPanel {
  readonly #crashes = new TimeBins(BIN_MS, BINS);
  readonly #restarts = new TimeBins(BIN_MS, BINS);
  readonly #ends = new TimeChart(
    'chart-ends',
    [
      { label: 'crashes', colour: '--failed' },
      { label: 'restarts', colour: '--backoff', isHollow: true },
    ],
    countText,
    true,
  );
  readonly #calls = new TimeChart(
    'chart-calls',
    [{ label: 'calls', colour: '--running' }],
    countText,
  );
  readonly #latency = new TimeChart(
    'chart-latency',
    [
      { label: 'p50', colour: '--running' },
      { label: 'p90', colour: '--starting', dash: [6, 3] },
      { label: 'p99', colour: '--failed', dash: [2, 3] },
    ],
    millisecondsText,
  );
  #former: { readonly atMs: number; readonly figures: LatencyFigures } | undefined;
  #times: number[] = [];
  #perSecond: (number | null)[] = [];
  #quantiles: (number | null)[][] = SHARES.map(() => []);

  /** Begins anew with these. */
  load(facts: readonly ExecutionEvent[]): void {
    this.#crashes.clear();
    this.#restarts.clear();
    this.#former = undefined;
    this.add(facts);
    this.showEnds();
  }

  add(facts: readonly ExecutionEvent[]): void {
    const now = Date.now();
    for (const { type, timestamp } of facts) {
      const at = Date.parse(timestamp);
      if (type === 'instance_crashed') this.#crashes.add(at, now);
      else if (type === 'instance_restarted') this.#restarts.add(at, now);
    }
  }

  showEnds(): void {
    const now = Date.now();
    const { timesS, counts } = this.#crashes.view(now);
    const restarts = this.#restarts.view(now).counts;
    const sums = [counts, restarts].map((each) => each.reduce((sum, count) => sum + count, 0));
    const text = `${sums[0]} crashes and ${sums[1]} restarts in the last five minutes`;
    part('ends-text').textContent = text;
    // Beside each other, so that one does not hide the other.
    this.#ends.show(
      timesS.flatMap((time) => [time, time + BIN_MS / 2_000]),
      [counts.flatMap((count) => [count, null]), restarts.flatMap((count) => [null, count])],
      text,
    );
  }

  /** Takes the figures of this moment; what is shown is what has happened since those before. */
  take(figures: LatencyFigures): void {
    const atMs = performance.now();
    const former = this.#former;
    this.#former = { atMs, figures };
    if (former === undefined || figures.count < former.figures.count) return;
    const between = callsBetween(former.figures, figures);
    const perSecond = (between.count * 1_000) / (atMs - former.atMs);
    const quantiles = SHARES.map((share) => latencyQuantile(between, share));
    this.#times = [...this.#times, Date.now() / 1_000].slice(-LOOKS);
    this.#perSecond = [...this.#perSecond, perSecond].slice(-LOOKS);
    this.#quantiles = this.#quantiles.map((line, index) =>
      [...line, quantiles[index] ?? null].slice(-LOOKS),
    );
    const callsText = `${countText(perSecond)} calls a second`;
    part('calls-text').textContent = callsText;
    this.#calls.show(this.#times, [this.#perSecond], callsText);
    const latencyText = SHARES.map((share, index) => {
      const ms = quantiles[index] ?? null;
      return `p${share * 100} ${ms === null ? 'none' : `≤ ${millisecondsText(ms)}`}`;
    }).join(', ');
    part('latency-text').textContent = latencyText;
    this.#latency.show(this.#times, this.#quantiles, `latency: ${latencyText}`);
  }

  recolour(): void {
    for (const chart of [this.#ends, this.#calls, this.#latency]) chart.recolour();
  }
}
