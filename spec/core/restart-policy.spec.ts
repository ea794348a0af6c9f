import { expect } from 'chai';
import * as fc from 'fast-check';
import { type Backoff, backoffDelayMs } from '../../lib/core/backoff.ts';
import { isFailure } from '../../lib/core/exit.ts';
import {
  decideRestart,
  type ResolvedRestartPolicy,
  resolveRestartPolicy,
} from '../../lib/core/restart-policy.ts';
import { RUNS } from './property-runs.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const backoffs: fc.Arbitrary<Required<Backoff>> = fc.record({
  initialMs: fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 5_000, noNaN: true })),
  factor: fc.double({ min: 1, max: 1_000, noNaN: true }),
  maxMs: fc.oneof(
    fc.double({ min: 0, max: 3, noNaN: true }),
    fc.double({ min: 0, max: 2 ** 31 - 1, noNaN: true }),
  ),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});

const policies: fc.Arbitrary<ResolvedRestartPolicy> = fc.oneof(
  fc.constant({ policyType: 'never' as const }),
  fc.record({
    policyType: fc.constantFrom('always' as const, 'on-failure' as const),
    maxRetries: fc.nat(6),
    periodMs: fc.integer({ min: 1, max: 1_000 }),
    backoff: backoffs,
  }),
);

const ends = fc.array(fc.record({ afterMs: fc.nat(400), isFailure: fc.boolean(), chance }), {
  maxLength: 40,
});

/** The plain delay by repeated multiplication; no power that could overflow. */
function plainDelay({ initialMs, factor, maxMs }: Required<Backoff>, attempt: number): number {
  let delay = Math.min(initialMs, maxMs);
  for (let n = 1; n < Math.min(attempt, 5_000); n++) delay = Math.min(delay * factor, maxMs);
  return delay;
}

/** The policy in plain words: what follows an end at `now` after restarts at `restarts`. */
function expected(
  policy: ResolvedRestartPolicy,
  hasFailed: boolean,
  restarts: readonly number[],
  now: number,
): 'restart' | 'policy-never' | 'completed' | 'retries-exhausted' {
  if (policy.policyType === 'never') return 'policy-never';
  if (policy.policyType === 'on-failure' && !hasFailed) return 'completed';
  let counted = 0;
  for (const at of restarts) if (at > now - policy.periodMs) counted += 1;
  return counted < policy.maxRetries ? 'restart' : 'retries-exhausted';
}

describe('restart decisions', () => {
  it('P8 · are those of the plain model, whatever ends when', () => {
    fc.assert(
      fc.property(policies, ends, (policy, sequence) => {
        let now = 1_000_000;
        let history: readonly number[] = [];
        const restarts: number[] = [];
        for (const { afterMs, isFailure: hasFailed, chance: random } of sequence) {
          now += afterMs;
          const decision = decideRestart(policy, { isFailure: hasFailed }, history, now, random);
          const wanted = expected(policy, hasFailed, restarts, now);
          expect(decision.kind === 'restart' ? 'restart' : decision.why).to.equal(wanted);
          history = decision.history;
          if (decision.kind === 'give-up') break;
          restarts.push(now);
        }
      }),
      RUNS,
    );
  });

  it('P8 · never allow more restarts in any period than maxRetries, nor remember more', () => {
    fc.assert(
      fc.property(policies, ends, (policy, sequence) => {
        fc.pre(policy.policyType !== 'never');
        let now = 0;
        let history: readonly number[] = [];
        const restarts: number[] = [];
        for (const { afterMs, isFailure: hasFailed, chance: random } of sequence) {
          now += afterMs;
          const decision = decideRestart(policy, { isFailure: hasFailed }, history, now, random);
          history = decision.history;
          expect(history.length).to.be.at.most(policy.maxRetries);
          if (decision.kind === 'restart') restarts.push(now);
        }
        for (const at of restarts) {
          const inPeriod = restarts.filter((time) => time >= at && time < at + policy.periodMs);
          expect(inPeriod.length).to.be.at.most(policy.maxRetries);
        }
      }),
      RUNS,
    );
  });

  it('P8 · give the budget and the first delay back once a period has passed', () => {
    const policy = resolveRestartPolicy({
      policyType: 'on-failure',
      maxRetries: 2,
      periodMs: 100,
      backoff: { jitter: 0 },
    });
    const full = [1_000, 1_050];
    expect(decideRestart(policy, { isFailure: true }, full, 1_099, 0).kind).to.equal('give-up');
    expect(decideRestart(policy, { isFailure: true }, full, 1_100, 0)).to.deep.equal({
      kind: 'restart',
      delayMs: 200,
      history: [1_050, 1_100],
    });
    expect(decideRestart(policy, { isFailure: true }, full, 1_150, 0)).to.deep.equal({
      kind: 'restart',
      delayMs: 100,
      history: [1_150],
    });
  });

  it('leave the history that they were given as it is', () => {
    const history = Object.freeze([1, 2, 3]);
    const policy = resolveRestartPolicy({ policyType: 'always', periodMs: 10 });
    decideRestart(policy, { isFailure: true }, history, 12, 0.5);
    expect(history).to.deep.equal([1, 2, 3]);
  });

  it('count as a failure every end but an exit with code 0', () => {
    expect(isFailure({ reason: 'exited', exitCode: 0 })).to.equal(false);
    expect(isFailure({ reason: 'exited' })).to.equal(false);
    expect(isFailure({ reason: 'exited', exitCode: 1 })).to.equal(true);
    for (const reason of ['trap', 'timeout', 'killed', 'out-of-memory', 'lost'] as const) {
      expect(isFailure({ reason, exitCode: 0 }), reason).to.equal(true);
    }
  });
});

describe('the backoff', () => {
  it('P8 · is a whole number of milliseconds within the jitter and never above the ceiling', () => {
    fc.assert(
      fc.property(
        backoffs,
        fc.integer({ min: 1, max: 1_000_000 }),
        chance,
        (backoff, n, random) => {
          const delay = backoffDelayMs(backoff, n, random);
          const plain = plainDelay(backoff, n);
          expect(Number.isInteger(delay), `${delay} is a whole number`).to.equal(true);
          expect(delay).to.be.at.least(0).and.at.most(backoff.maxMs);
          const tolerance = 1 + plain * 1e-9;
          expect(delay).to.be.at.least(
            Math.min(plain * (1 - backoff.jitter), backoff.maxMs) - tolerance,
          );
          expect(delay).to.be.at.most(plain * (1 + backoff.jitter) + tolerance);
        },
      ),
      RUNS,
    );
  });

  it('P8 · spreads evenly about the plain delay, as far as the jitter says', () => {
    const backoff = { initialMs: 1_000, factor: 2, maxMs: 1_000_000, jitter: 0.5 };
    const delays = [0, 0.25, 0.5, 0.75].map((random) => backoffDelayMs(backoff, 1, random));
    expect(delays).to.deep.equal([500, 750, 1_000, 1_250]);
    expect(backoffDelayMs(backoff, 3, 0.25)).to.equal(3_000);
  });

  it('P8 · does not shrink from one attempt to the next while there is no jitter', () => {
    fc.assert(
      fc.property(backoffs, fc.integer({ min: 1, max: 2_000 }), chance, (backoff, n, random) => {
        const steady = { ...backoff, jitter: 0 };
        const delay = backoffDelayMs(steady, n, random);
        expect(backoffDelayMs(steady, n + 1, random)).to.be.at.least(delay);
      }),
      RUNS,
    );
  });

  it('stays 0 when it begins at 0, however many attempts there were', () => {
    const none = { initialMs: 0, factor: 2, maxMs: 30_000, jitter: 0.1 };
    for (const attempt of [1, 1_024, 1_025, 1_000_000]) {
      expect(backoffDelayMs(none, attempt, 0.9)).to.equal(0);
    }
  });

  it('doubles from 100 ms to 30 s by default', () => {
    const policy = resolveRestartPolicy(undefined);
    expect(policy).to.deep.equal({
      policyType: 'on-failure',
      maxRetries: 5,
      periodMs: 60_000,
      backoff: { initialMs: 100, factor: 2, maxMs: 30_000, jitter: 0.1 },
    });
    const { backoff } = policy as Extract<ResolvedRestartPolicy, { backoff: unknown }>;
    const delays = [1, 2, 3, 4, 10, 100, 10_000].map((n) => backoffDelayMs(backoff, n, 0.5));
    expect(delays).to.deep.equal([100, 200, 400, 800, 30_000, 30_000, 30_000]);
  });
});
