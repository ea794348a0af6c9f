import { type SoakFigure, type SoakSample, soakSample } from './soak-sample.ts';

/** What the host's process has at one moment, after garbage was collected. */
export interface HostSample extends SoakSample {
  /** The handles by what they are, as `process.getActiveResourcesInfo()` names them. */
  readonly handlesByType: Readonly<Record<string, number>>;
  /** Of the API and the triggers. */
  readonly connections: number;
}

/** The same with what the host tells of itself. */
export interface ChurnSample extends HostSample {
  /** Readers of events, by `/metrics`. */
  readonly eventStreams: number;
  /** The p99 of the seconds before, by `/metrics`. */
  readonly loopDelayMs: number;
  /** That `/v1/instances` lists, ended ones included. */
  readonly instances: number;
}

/** What a churn counts of its host. */
export type ChurnFigure = SoakFigure | 'connections' | 'eventStreams';

/** Counts what this process has now. */
export async function hostSample(minutes: number): Promise<HostSample> {
  const handlesByType: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo()) {
    handlesByType[type] = (handlesByType[type] ?? 0) + 1;
  }
  const connections = handlesByType['TCPSocketWrap'] ?? 0;
  return { ...(await soakSample(minutes)), handlesByType, connections };
}

/** The value of a line of `/metrics`. @throws where there is none. */
export function metricOf(page: string, series: string): number {
  const line = page.split('\n').find((each) => each.startsWith(`${series} `));
  if (line === undefined) throw new Error(`/metrics does not tell ${series}`);
  return Number(line.slice(series.length + 1));
}
