import { isWasmatrixError } from '../../lib/core/errors.ts';
import type { GrowthOptions } from './growth-options.ts';
import type { GrowthSeries } from './growth-report.ts';
import { progressBar } from './progress-bar.ts';

const MOST_FAULTS_TOLD = 20;

/** What every measure of a run is given. */
export class GrowthRun {
  readonly options: GrowthOptions;
  /** Fires at Ctrl-C, and when the time is over. */
  readonly signal: AbortSignal;
  readonly faults: string[] = [];

  constructor(options: GrowthOptions, signal: AbortSignal) {
    this.options = options;
    const timeout = AbortSignal.timeout(Math.ceil(options.minutes * 60_000));
    this.signal = AbortSignal.any([signal, timeout]);
  }

  fault(text: string): void {
    if (this.faults.length < MOST_FAULTS_TOLD) this.faults.push(text);
  }

  /**
   * Does something so many times, one after another or several at once, and shows how far it is.
   *
   * @throws once the run is to stop.
   */
  async repeat(
    phase: string,
    times: number,
    act: (index: number) => Promise<void>,
    lanes = 1,
  ): Promise<void> {
    const bar = progressBar();
    if (bar === undefined) process.stderr.write(`${phase}: ${times}\n`);
    bar?.start(times, 0, { phase: phase.padEnd(32), rate: 0 });
    const beganAtMs = performance.now();
    let next = 0;
    let done = 0;
    const lane = async (): Promise<void> => {
      while (next < times) {
        this.signal.throwIfAborted();
        await act(next++);
        done += 1;
        bar?.update(done, { rate: Math.round((done * 1_000) / (performance.now() - beganAtMs)) });
      }
    };
    // Nobody goes on with what the others are still at.
    const outcomes = await Promise.allSettled(Array.from({ length: lanes }, lane));
    bar?.stop();
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Measures at one number after another, until one cannot be had. */
  async series<Point>(
    counts: readonly number[],
    measure: (count: number) => Promise<Point>,
  ): Promise<GrowthSeries<Point>> {
    const points: Point[] = [];
    for (const count of counts) {
      if (this.signal.aborted) break;
      try {
        points.push(await measure(count));
      } catch (error) {
        if (this.signal.aborted) break;
        if (isWasmatrixError(error) && error.code === 'RESOURCE_EXHAUSTED') {
          const refusal = `${count}: ${error.message} ${JSON.stringify(error.details)}`;
          process.stderr.write(`refused: ${refusal}\n`);
          return { points, refusal };
        }
        this.fault(`${count}: ${String(error)}`);
        break;
      }
    }
    return { points };
  }
}
