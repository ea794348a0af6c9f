import { CallQueue, type CallRequest } from '../../lib/actors/call-queue.ts';
import { isWasmatrixError, WasmatrixError } from '../../lib/core/errors.ts';
import type { CallOutcome } from '../../lib/protocol/instance-messages.ts';
import { SimulatedClock } from '../simulated-clock.ts';

/** A call that the pretended thread is busy with. */
export interface RunningCall {
  readonly exportName: string;
  readonly resolve: (outcome: CallOutcome) => void;
  readonly reject: (error: unknown) => void;
}

export const crash = (): WasmatrixError => new WasmatrixError('CRASH_DETECTED', 'gone');

/** A queue with a pretended thread, its owner and simulated time. */
export class QueueBench {
  readonly clock = new SimulatedClock();
  readonly queue: CallQueue;
  /** Names of the calls in the order in which the thread was given them. */
  readonly begun: string[] = [];
  /** What became of each call, by name; each entry is written once per settlement. */
  readonly fates = new Map<string, string[]>();
  overflows = 0;
  deadlines: string[] = [];
  running: RunningCall | undefined;
  /** The most calls that the thread had at one time. */
  mostAtOnce = 0;
  #atOnce = 0;

  constructor(limit: number) {
    this.queue = new CallQueue({
      instanceId: 'i',
      clock: this.clock,
      limit,
      judge: (outcome) => this.#judge(outcome),
      onDeadline: ({ exportName }) => {
        this.deadlines.push(exportName);
        this.detach();
      },
      onOverflow: () => {
        this.overflows += 1;
      },
    });
  }

  #judge(outcome: CallOutcome): unknown {
    if (outcome.isOk) return outcome.value;
    if (outcome.failure.kind === 'trap') this.detach();
    throw new WasmatrixError('WASM_RUNTIME_ERROR', outcome.failure.kind);
  }

  attach(): void {
    this.queue.attach((exportName) => {
      this.begun.push(exportName);
      this.#atOnce += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
      return new Promise<CallOutcome>((resolve, reject) => {
        this.running = { exportName, resolve, reject };
      });
    });
  }

  /** The thread is gone: its calls never come back. */
  detach(): void {
    this.running = undefined;
    this.#atOnce = 0;
    this.queue.detach(crash);
  }

  /** Lets the thread answer what it is busy with. */
  answer(outcome: CallOutcome): void {
    const { running } = this;
    this.running = undefined;
    this.#atOnce = 0;
    running?.resolve(outcome);
  }

  submit(exportName: string, request: Partial<CallRequest> = {}): void {
    const fates: string[] = [];
    this.fates.set(exportName, fates);
    this.queue.submit({ exportName, args: [], timeoutMs: 1_000, ...request }).then(
      (value) => fates.push(`value ${String(value)}`),
      (error: unknown) => fates.push(fateOf(error)),
    );
  }

  fate(exportName: string): string {
    return this.fates.get(exportName)?.join(' and ') ?? 'never submitted';
  }
}

function fateOf(error: unknown): string {
  if (!isWasmatrixError(error)) return `foreign ${String(error)}`;
  const { phase } = error.details;
  return typeof phase === 'string' ? `${error.code} ${phase}` : error.code;
}
