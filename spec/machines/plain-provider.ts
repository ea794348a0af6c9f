import type { ResolvedRestartPolicy } from '../../lib/core/restart-policy.ts';

/** What a spec does to a provider's machine; `ago` is how many lives back a report is from. */
export type ProviderStep =
  | { readonly kind: 'opened'; readonly ago: number }
  | { readonly kind: 'ended'; readonly ago: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'drained' }
  | { readonly kind: 'advance'; readonly ms: number };

export type PlainState = 'starting' | 'ready' | 'draining' | 'backoff' | 'stopped' | 'crashed';

/** The longest that the machine waits for whoever drains. */
export const DRAIN_MS = 20_000;
export const BACKOFF = { initialMs: 100, factor: 2, maxMs: 300, jitter: 0 } as const;

/** The lifecycle of a provider as a plain program: no machine, no timers, no lives. */
export class PlainProvider {
  state: PlainState = 'starting';
  life = 1;
  readonly facts: string[] = [];
  #livesRun = 0;
  #nowMs = 0;
  #dueMs = Number.POSITIVE_INFINITY;
  #restarts: number[] = [];
  readonly #policy: ResolvedRestartPolicy;

  constructor(policy: ResolvedRestartPolicy) {
    this.#policy = policy;
  }

  get isUp(): boolean {
    return this.state === 'starting' || this.state === 'ready' || this.state === 'draining';
  }

  get timers(): number {
    return this.state === 'draining' || this.state === 'backoff' ? 1 : 0;
  }

  take(step: ProviderStep): void {
    if (step.kind === 'advance') this.#advance(step.ms);
    else if (step.kind === 'stop') this.#stop();
    else if (step.kind === 'drained') this.#drained();
    else if (step.ago !== 0) return;
    else if (step.kind === 'opened') this.#opened();
    else this.#ended();
  }

  #opened(): void {
    if (this.state !== 'starting') return;
    this.state = 'ready';
    this.#livesRun += 1;
    this.facts.push(this.#livesRun === 1 ? 'started' : `started after ${this.life - 1} restarts`);
  }

  #stop(): void {
    if (this.state === 'ready') {
      this.state = 'draining';
      this.#dueMs = this.#nowMs + DRAIN_MS;
    } else if (this.state === 'starting' || this.state === 'backoff') {
      this.state = 'stopped';
    }
  }

  #drained(): void {
    if (this.state === 'draining') this.state = 'stopped';
  }

  #ended(): void {
    if (this.state === 'draining') this.state = 'stopped';
    else if (this.state === 'starting' || this.state === 'ready') this.#crash();
  }

  #crash(): void {
    const delayMs = this.#livesRun === 0 ? undefined : this.#delayMs();
    if (delayMs === undefined) {
      this.state = 'crashed';
      this.facts.push('crashed for good');
      return;
    }
    this.state = 'backoff';
    this.#restarts.push(this.#nowMs);
    this.#dueMs = this.#nowMs + delayMs;
    this.facts.push(`crashed, again in ${delayMs} ms`);
  }

  #delayMs(): number | undefined {
    const policy = this.#policy;
    if (policy.policyType === 'never') return undefined;
    this.#restarts = this.#restarts.filter((at) => this.#nowMs - at < policy.periodMs);
    if (this.#restarts.length >= policy.maxRetries) return undefined;
    const { initialMs, factor, maxMs } = BACKOFF;
    return Math.min(maxMs, initialMs * factor ** this.#restarts.length);
  }

  #advance(ms: number): void {
    this.#nowMs += ms;
    if (this.timers === 0 || this.#nowMs < this.#dueMs) return;
    if (this.state === 'draining') {
      this.state = 'stopped';
    } else {
      this.state = 'starting';
      this.life += 1;
    }
  }
}
