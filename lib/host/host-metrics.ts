import type { Supervisor } from '../actors/supervisor.ts';
import { LoopDelayMeter } from '../telemetry/loop-delay.ts';
import { type MetricDefinition, MetricPage, type MetricSample } from '../telemetry/metric-page.ts';
import { STATS_METRICS } from './metric-table.ts';

const API_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What is known of the process itself. */
interface ProcessMetric extends MetricDefinition {
  readonly read: (parts: ProcessParts) => readonly MetricSample[];
}

interface ProcessParts {
  readonly delay: LoopDelayMeter;
  readonly about: { readonly nodeId: string; readonly version: string };
  readonly eventStreams: number;
  readonly requestsUnderWay: number;
}

const PROCESS_METRICS: readonly ProcessMetric[] = [
  {
    name: 'wasmatrix_info',
    kind: 'gauge',
    help: 'Always 1; its labels tell who answers.',
    labels: ['node_id', 'version'],
    read: ({ about: { nodeId, version } }) => [{ labels: { node_id: nodeId, version }, value: 1 }],
  },
  {
    name: 'wasmatrix_event_loop_delay_seconds',
    kind: 'gauge',
    help: 'How late the thread of the host comes to what is due.',
    labels: ['quantile'],
    read: ({ delay }) => {
      const { p50, p99, max } = delay.read();
      return [
        { labels: { quantile: '0.5' }, value: p50 },
        { labels: { quantile: '0.99' }, value: p99 },
        { labels: { quantile: '1' }, value: max },
      ];
    },
  },
  {
    name: 'wasmatrix_event_streams',
    kind: 'gauge',
    help: 'Readers of events.',
    read: ({ eventStreams }) => [{ value: eventStreams }],
  },
  {
    name: 'wasmatrix_requests_under_way',
    kind: 'gauge',
    help: 'Requests to the API and to triggers that are not answered yet.',
    read: ({ requestsUnderWay }) => [{ value: requestsUnderWay }],
  },
  {
    name: 'process_cpu_seconds_total',
    kind: 'counter',
    help: 'Processor time of this process, guests in its threads included.',
    read: () => {
      const { user, system } = process.cpuUsage();
      return [{ value: (user + system) / 1e6 }];
    },
  },
  {
    name: 'process_resident_memory_bytes',
    kind: 'gauge',
    help: 'Resident memory of this process.',
    read: () => [{ value: process.memoryUsage.rss() }],
  },
  {
    name: 'process_start_time_seconds',
    kind: 'gauge',
    help: 'When this process was started, in seconds since 1970.',
    read: () => [{ value: (Date.now() - process.uptime() * 1_000) / 1_000 }],
  },
  {
    name: 'nodejs_heap_used_bytes',
    kind: 'gauge',
    help: 'Heap of the thread of the host that is in use.',
    read: () => [{ value: process.memoryUsage().heapUsed }],
  },
];

/** What a host tells Prometheus. */
export class HostMetrics {
  readonly #supervisor: Supervisor;
  readonly #about: ProcessParts['about'];
  readonly #delay = new LoopDelayMeter();
  readonly #page = new MetricPage([...STATS_METRICS, ...PROCESS_METRICS]);
  readonly #countRequest: (labels: Readonly<Record<string, string>>) => void;
  readonly #timeRequest: (labels: Readonly<Record<string, string>>, value: number) => void;
  readonly #countTrigger: (labels: Readonly<Record<string, string>>) => void;
  #scrape: Promise<string> | undefined;

  constructor(supervisor: Supervisor, version: string) {
    this.#supervisor = supervisor;
    this.#about = { nodeId: supervisor.nodeId, version };
    this.#countRequest = this.#page.counter(
      'wasmatrix_api_requests_total',
      'Requests to the API that were answered.',
      ['method', 'route', 'status'],
    );
    this.#timeRequest = this.#page.histogram(
      'wasmatrix_api_request_duration_seconds',
      'From the first byte of a request to the last of its answer.',
      ['route'],
      API_BUCKETS,
    );
    this.#countTrigger = this.#page.counter(
      'wasmatrix_trigger_requests_total',
      'Requests to triggers that were answered.',
      ['status'],
    );
  }

  get contentType(): string {
    return this.#page.contentType;
  }

  /** A request was answered. @param route - its pattern; whatever has none shares one name. */
  answered(method: string, route: string | undefined, status: number, durationMs: number): void {
    const labels = { method: route === undefined ? 'any' : method, route: route ?? 'none' };
    this.#countRequest({ ...labels, status: String(status) });
    this.#timeRequest({ route: labels.route }, durationMs / 1_000);
  }

  /** A request to a trigger was answered. */
  triggered(status: number): void {
    // A guest chooses it; its class is what is bounded.
    this.#countTrigger({ status: `${Math.floor(status / 100)}xx` });
  }

  /** The page; those who ask at once are told the same. */
  text(now: { readonly eventStreams: number; readonly requestsUnderWay: number }): Promise<string> {
    this.#scrape ??= this.#read(now).finally(() => (this.#scrape = undefined));
    return this.#scrape;
  }

  async #read(now: Pick<ProcessParts, 'eventStreams' | 'requestsUnderWay'>): Promise<string> {
    const stats = await this.#supervisor.stats();
    for (const { name, read } of STATS_METRICS) this.#page.put(name, read(stats));
    const parts = { ...now, delay: this.#delay, about: this.#about };
    for (const { name, read } of PROCESS_METRICS) this.#page.put(name, read(parts));
    return this.#page.text();
  }

  close(): void {
    this.#delay.close();
  }
}
