import type { Supervisor, SupervisorStats } from '../actors/supervisor.ts';
import { bytesText } from '../core/bytes-text.ts';
import type { Terminal } from './terminal.ts';

const REFRESH_MS = 1_000;
const CLEAR_LINE = '\r\u001B[K';

interface Sample {
  readonly atMs: number;
  readonly stats: SupervisorStats;
}

/** A line that tells how a host is: refreshed in its place on a terminal, elsewhere printed now and then. */
export class HostSummary {
  readonly #supervisor: Supervisor;
  readonly #terminal: Terminal;
  readonly #everyMs: number;
  #last: Sample | undefined;

  constructor(supervisor: Supervisor, terminal: Terminal, everySeconds: number) {
    this.#supervisor = supervisor;
    this.#terminal = terminal;
    this.#everyMs = terminal.isInteractive ? REFRESH_MS : everySeconds * 1_000;
  }

  /** Goes on until the signal fires. */
  async follow(signal: AbortSignal): Promise<void> {
    const isLive = this.#terminal.isInteractive;
    while (!signal.aborted) {
      if (isLive || this.#everyMs > 0) await this.#show(isLive);
      await pause(this.#everyMs, signal);
    }
    if (isLive) process.stdout.write(CLEAR_LINE);
  }

  async #show(isLive: boolean): Promise<void> {
    // Whoever reads has not read the last ones: more of them are of no use.
    if (process.stdout.writableNeedDrain) return;
    const sample = { atMs: performance.now(), stats: await this.#supervisor.stats() };
    const line = summaryOf(sample, this.#last);
    this.#last = sample;
    if (isLive) {
      process.stdout.write(CLEAR_LINE + line.slice(0, Math.max(0, this.#terminal.columns - 1)));
      return;
    }
    const { instances, calls, capabilityCalls, memory } = sample.stats;
    const told = { event: 'summary', instances, calls, capabilityCalls, memory };
    this.#terminal.result(told, () => line);
  }
}

function summaryOf({ atMs, stats }: Sample, last: Sample | undefined): string {
  const { instances, calls, capabilityCalls, memory, threads } = stats;
  const shown = Object.entries(instances).filter(
    ([status, count]) => count > 0 && status !== 'stopped',
  );
  const seconds = last === undefined ? 0 : (atMs - last.atMs) / 1_000;
  const rate = (now: number, before: number): string =>
    seconds === 0 ? '–' : ((now - before) / seconds).toFixed(0);
  return [
    shown.length === 0
      ? 'no instances'
      : shown.map(([status, count]) => `${count} ${status}`).join(', '),
    `${rate(calls.begun, last?.stats.calls.begun ?? 0)} calls/s`,
    `${rate(capabilityCalls.served, last?.stats.capabilityCalls.served ?? 0)} capability calls/s`,
    `${capabilityCalls.denied} denied`,
    `${threads.total} threads`,
    bytesText(memory.rssBytes),
  ].join(' · ');
}

/** For ever, where it is 0. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = ms === 0 ? undefined : setTimeout(resolve, ms);
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  await promise;
  signal.removeEventListener('abort', onAbort);
  clearTimeout(timer);
}
