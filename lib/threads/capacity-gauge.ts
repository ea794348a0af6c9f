import type { MachineFigures } from '../core/machine-figures.ts';
import { machineFigures } from './process-figures.ts';

/** Figures that are younger are not taken anew. */
const LEAST_GAP_MS = 250;
/** To count 60,000 mappings takes 60 ms, of which 45 are this thread's in small pieces. */
const GAP_PER_LOOK = 10;

/** What a look is told to whoever wants it counted. */
export interface LookListener {
  /** A look begins. @returns its number. */
  begin(): number;
  learn(look: number, figures: MachineFigures): void;
}

/**
 * Looks at the process and its machine when somebody asks, and no more often than it may: several who
 * ask meanwhile are given the same look.
 */
export class CapacityGauge {
  readonly #read: () => Promise<MachineFigures>;
  readonly #listener: LookListener;
  #looking: Promise<MachineFigures> | undefined;
  #figures: MachineFigures | undefined;
  #nextLookAtMs = 0;

  constructor(listener: LookListener, read: () => Promise<MachineFigures> = machineFigures) {
    this.#listener = listener;
    this.#read = read;
  }

  /** What the last look has seen. */
  get figures(): MachineFigures | undefined {
    return this.#figures;
  }

  /** Whether it is time for another look. */
  get isDue(): boolean {
    return performance.now() >= this.#nextLookAtMs;
  }

  /**
   * A look that begins as soon as it may.
   *
   * @param isUrgent - whether it may begin at once, because somebody asked for nothing but figures.
   */
  look(isUrgent = false): Promise<MachineFigures> {
    this.#looking ??= this.#look(isUrgent).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Resolves when nobody looks any more. */
  async idle(): Promise<void> {
    await this.#looking;
  }

  async #look(isUrgent: boolean): Promise<MachineFigures> {
    const waitMs = Math.ceil(this.#nextLookAtMs - performance.now());
    if (waitMs > 0 && !isUrgent) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const look = this.#listener.begin();
    const beganAtMs = performance.now();
    const figures = await this.#read();
    const endedAtMs = performance.now();
    const gapMs = Math.max(LEAST_GAP_MS, GAP_PER_LOOK * (endedAtMs - beganAtMs));
    this.#nextLookAtMs = endedAtMs + gapMs;
    this.#figures = figures;
    this.#listener.learn(look, figures);
    return figures;
  }
}
