import { type Bell, waitUntil } from './bell.ts';
import { HttpFailure } from './http-failure.ts';
import type { HttpParts } from './http-parts.ts';

/**
 * Looks a name up within a deadline. What cannot be called off is counted until it is over, so that an
 * instance cannot fill the resolver with names that nobody answers for.
 *
 * @param by - `bell` is rung and `isGivenUp` holds when the answer is not wanted any more.
 * @throws `HttpFailure` `DNS-timeout`, or what the resolver throws.
 * @internal
 */
export async function lookUp(
  name: string,
  by: {
    readonly provider: Pick<HttpParts, 'resolve' | 'clock' | 'budget'>;
    readonly instanceId: string;
    readonly timeoutMs: number;
    readonly bell: Bell;
    readonly isGivenUp: () => boolean;
  },
): Promise<readonly string[]> {
  const { provider, bell } = by;
  const giveBack = provider.budget.takeLookup(by.instanceId);
  let answer: Promise<readonly string[]> | undefined;
  const look = async (): Promise<void> => {
    const looking = provider.resolve(name);
    try {
      await looking;
    } catch {
      // Heard of below, by whoever still wants the answer.
    }
    giveBack();
    answer = looking;
    bell.ring();
  };
  void look();
  const holds = (): boolean => answer !== undefined || by.isGivenUp();
  await waitUntil(holds, [bell], by.timeoutMs, provider.clock);
  if (answer === undefined) throw new HttpFailure('DNS-timeout', 'no answer in time');
  return answer;
}
