import type { ExecutionEventType } from '../../lib/core/execution-event.ts';
import { type InstanceExit, isFailure } from '../../lib/core/exit.ts';
import type { InstanceStatus } from '../../lib/core/lifecycle.ts';
import { decideRestart, type ResolvedRestartPolicy } from '../../lib/core/restart-policy.ts';

/** Where the model is. */
export type Phase =
  | 'starting'
  | 'running'
  | 'stopping'
  | 'backoff'
  | 'stopped'
  | 'completed'
  | 'failed'
  | 'start-failed';

const STATUS: Readonly<Record<Phase, InstanceStatus>> = {
  starting: 'starting',
  running: 'running',
  stopping: 'stopping',
  backoff: 'crashed',
  stopped: 'stopped',
  completed: 'stopped',
  failed: 'crashed',
  'start-failed': 'crashed',
};

type Exit = Pick<InstanceExit, 'reason' | 'exitCode'>;

/**
 * The lifecycle once more, as plain data and plain conditions: what the machine is compared with.
 * Time is given with each step; a due wait is over when a step says so by `passTime`.
 */
export class PlainInstance {
  phase: Phase = 'starting';
  life = 1;
  facts: ExecutionEventType[] = [];
  dueMs: number | undefined;
  readonly #policy: ResolvedRestartPolicy;
  readonly #graceMs: number;
  #livesRun = 0;
  #history: readonly number[] = [];
  #wantsRestart = false;

  constructor(policy: ResolvedRestartPolicy, graceMs: number) {
    this.#policy = policy;
    this.#graceMs = graceMs;
  }

  copy(): PlainInstance {
    const copy = new PlainInstance(this.#policy, this.#graceMs);
    copy.phase = this.phase;
    copy.life = this.life;
    copy.facts = [...this.facts];
    copy.dueMs = this.dueMs;
    copy.#livesRun = this.#livesRun;
    copy.#history = this.#history;
    copy.#wantsRestart = this.#wantsRestart;
    return copy;
  }

  get status(): InstanceStatus {
    return STATUS[this.phase];
  }

  /** Whether a thread belongs to it now. */
  get isUp(): boolean {
    return this.phase === 'starting' || this.phase === 'running' || this.phase === 'stopping';
  }

  get isOver(): boolean {
    return !this.isUp && this.phase !== 'backoff';
  }

  ready(): void {
    if (this.phase !== 'starting') return;
    this.phase = 'running';
    this.#livesRun += 1;
    this.facts.push(this.#livesRun === 1 ? 'instance_started' : 'instance_restarted');
  }

  drained(): void {
    if (this.phase === 'stopping') this.#leave();
  }

  stop(nowMs: number, graceMs?: number): void {
    if (this.phase === 'starting' || this.phase === 'backoff') {
      this.#be('stopped', 'instance_stopped');
    } else if (this.phase === 'running' || this.phase === 'stopping') {
      this.#beginStopping(nowMs, graceMs, false);
    }
  }

  restart(nowMs: number): void {
    if (this.phase === 'running') this.#beginStopping(nowMs, undefined, true);
    else if (this.phase === 'backoff') this.#beginLife();
  }

  end(exit: Exit, nowMs: number): void {
    if (this.phase === 'stopping') {
      this.#leave();
    } else if (this.phase === 'starting' && this.#livesRun === 0) {
      this.#be('start-failed', 'instance_failed');
    } else if (this.isUp) {
      this.#decide(exit, nowMs);
    }
  }

  /** Time has come to `nowMs`: a wait that is due is over. */
  passTime(nowMs: number): void {
    if (this.dueMs === undefined || nowMs < this.dueMs) return;
    if (this.phase === 'backoff') this.#beginLife();
    else this.#leave();
  }

  #be(phase: Phase, fact: ExecutionEventType): void {
    this.phase = phase;
    this.dueMs = undefined;
    this.facts.push(fact);
  }

  #beginLife(): void {
    this.phase = 'starting';
    this.life += 1;
    this.dueMs = undefined;
    this.#wantsRestart = false;
  }

  #beginStopping(nowMs: number, graceMs: number | undefined, wantsRestart: boolean): void {
    const endsAtMs = nowMs + (graceMs ?? this.#graceMs);
    // A later stop can only shorten the time that an earlier one has given.
    this.dueMs = Math.min(
      this.phase === 'stopping' ? (this.dueMs ?? endsAtMs) : endsAtMs,
      endsAtMs,
    );
    this.phase = 'stopping';
    this.#wantsRestart = wantsRestart;
  }

  #leave(): void {
    if (this.#wantsRestart) this.#beginLife();
    else this.#be('stopped', 'instance_stopped');
  }

  #decide(exit: Exit, nowMs: number): void {
    const hasFailed = isFailure(exit);
    const fact = hasFailed ? 'instance_crashed' : 'instance_stopped';
    const end = { isFailure: hasFailed };
    const decision = decideRestart(this.#policy, end, this.#history, nowMs, 0.5);
    this.#history = decision.history;
    const hasRun = this.phase === 'running';
    if (decision.kind === 'restart' && decision.delayMs === 0 && hasRun) {
      this.facts.push(fact);
      this.#beginLife();
    } else if (decision.kind === 'restart') {
      this.#be('backoff', fact);
      this.dueMs = nowMs + decision.delayMs;
    } else if (!hasFailed && decision.why !== 'retries-exhausted') {
      this.#be('completed', fact);
    } else {
      this.#be('failed', fact);
      this.facts.push('instance_failed');
    }
  }
}
