import type { ExecutionEvent } from '../core/execution-event.ts';
import type { TelemetryFigures } from '../core/telemetry-figures.ts';

type Told = Pick<TelemetryFigures, 'facts' | 'crashes' | 'kills'>;

type Counts<Key extends string> = Partial<Record<Key, number>>;

/** Counts facts, for as long as the supervisor lives: the record itself forgets the oldest. */
export class FactCounts {
  readonly #facts: Counts<ExecutionEvent['type']> = {};
  readonly #crashes: Counts<keyof Told['crashes']> = {};
  readonly #kills: Counts<keyof Told['kills']> = {};

  note({ type, details: { reason, wasDown, wasAsleep } }: ExecutionEvent): void {
    increment(this.#facts, type);
    if (type !== 'instance_crashed' && type !== 'instance_stopped') return;
    if (type === 'instance_crashed') increment(this.#crashes, reason as keyof Told['crashes']);
    // Who had no thread was not killed.
    if (wasDown === true || wasAsleep === true) return;
    if (reason === 'timeout' || reason === 'killed') increment(this.#kills, reason);
  }

  figures(): Told {
    return { facts: { ...this.#facts }, crashes: { ...this.#crashes }, kills: { ...this.#kills } };
  }
}

function increment<Key extends string>(counts: Counts<Key>, key: Key): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
