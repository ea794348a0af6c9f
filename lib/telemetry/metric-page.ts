import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LatencyFigures } from '../core/latency-buckets.ts';

/** One metric of the page. */
export interface MetricDefinition {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
}

/** One value of a metric. */
export interface MetricSample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number | LatencyFigures;
}

type Labels = Readonly<Record<string, string>>;

/** The page that Prometheus reads. What is counted elsewhere is put here whenever it is asked for. */
export class MetricPage {
  readonly #registry = new Registry();
  readonly #told = new Map<string, Counter | Gauge>();
  readonly #timed = new Map<string, LatencyMetric>();

  constructor(definitions: readonly MetricDefinition[]) {
    for (const { name, kind, help, labels = [] } of definitions) {
      const settings = { name, help, labelNames: [...labels], registers: [this.#registry] };
      if (kind === 'histogram') {
        const metric = new LatencyMetric(name, help);
        this.#timed.set(name, metric);
        // It only reads what a metric answers; ours has its counts from elsewhere.
        this.#registry.registerMetric(metric as unknown as Histogram);
      } else this.#told.set(name, kind === 'counter' ? new Counter(settings) : new Gauge(settings));
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** A counter of the page's own. */
  counter(name: string, help: string, labels: readonly string[]): (labels: Labels) => void {
    const settings = { name, help, labelNames: [...labels], registers: [this.#registry] };
    const counter = new Counter(settings);
    return (values) => counter.inc(values);
  }

  /** A histogram of the page's own, of seconds. */
  histogram(
    name: string,
    help: string,
    labels: readonly string[],
    buckets: readonly number[],
  ): (labels: Labels, value: number) => void {
    const registers = [this.#registry];
    const settings = { name, help, labelNames: [...labels], buckets: [...buckets], registers };
    const histogram = new Histogram(settings);
    return (values, value) => histogram.observe(values, value);
  }

  /** Puts these in the place of all values that the metric had. */
  put(name: string, samples: readonly MetricSample[]): void {
    const timed = this.#timed.get(name);
    if (timed !== undefined) timed.samples = samples;
    const metric = this.#told.get(name);
    metric?.reset();
    for (const { labels = {}, value } of samples) {
      if (typeof value === 'number') metric?.inc(labels, value);
    }
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** A histogram whose counts come from elsewhere. */
class LatencyMetric {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  samples: readonly MetricSample[] = [];

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  async get(): Promise<unknown> {
    const { name, help, type, aggregator } = this;
    const values = this.samples.flatMap(({ labels = {}, value }) =>
      typeof value === 'number' ? [] : this.#lines(labels, value),
    );
    return { name, help, type, aggregator, values };
  }

  #lines(labels: Labels, { boundsMs, counts, count, sumMs }: LatencyFigures): unknown[] {
    let below = 0;
    const buckets = boundsMs.map((boundMs, index) => {
      below += counts[index] ?? 0;
      const le = boundMs / 1_000;
      return { metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
      { metricName: `${this.name}_sum`, labels, value: sumMs / 1_000 },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}
