import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;
/** Readers that come one after the other are told of the same time. */
const WINDOW_MS = 5_000;

/** How late the host's thread comes to what is due, in seconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Measures the delay of the event loop until it is closed. */
export class LoopDelayMeter {
  readonly #histogram: ReturnType<typeof monitorEventLoopDelay> = monitorEventLoopDelay({
    resolution: RESOLUTION_MS,
  });
  #sinceMs = performance.now();

  constructor() {
    this.#histogram.enable();
  }

  /** Of the time since the reading before, and of 5 seconds at least where there were any. */
  read(): LoopDelay {
    const seconds = (nanoseconds: number): number =>
      Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1_000);
    const { max } = this.#histogram;
    const told = {
      p50: seconds(this.#histogram.percentile(50)),
      p99: seconds(this.#histogram.percentile(99)),
      max: seconds(this.#histogram.count === 0 ? 0 : max),
    };
    const nowMs = performance.now();
    if (nowMs - this.#sinceMs >= WINDOW_MS) {
      this.#histogram.reset();
      this.#sinceMs = nowMs;
    }
    return told;
  }

  close(): void {
    this.#histogram.disable();
  }
}
