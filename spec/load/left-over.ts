import { pause } from '../e2e/fixtures.ts';

const LOOK_MS = 20;

/** A sample, and what it has more than one from before. */
export interface LeftOver<S> {
  readonly after: S;
  readonly faults: readonly string[];
}

/**
 * Looks again and again until nothing is more than it was before: ports, pipes and connections close a
 * turn or two after what they belonged to.
 *
 * @param figures - which have to be as they were.
 * @param deadlineMs - until when, in milliseconds; then what is left is a fault.
 * @param when - for the words of a fault.
 */
export async function leftOver<F extends string, S extends Readonly<Record<F, number>>>(
  before: S,
  sample: () => Promise<S>,
  { figures, deadlineMs, when }: { figures: readonly F[]; deadlineMs: number; when: string },
): Promise<LeftOver<S>> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    const after = await sample();
    const left = figures.filter((figure) => after[figure] > before[figure]);
    if (left.length === 0 || performance.now() > until) {
      const faults = left.map(
        (figure) => `${when}: ${after[figure]} ${figure}, ${before[figure]} before`,
      );
      return { after, faults };
    }
    await pause(LOOK_MS);
  }
}
