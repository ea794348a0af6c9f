import { type Backoff, backoffDelayMs } from './backoff.ts';
import { integerIn, knownFields, numberIn, oneOf, within } from './field-checks.ts';

/**
 * What follows when an instance ends by itself.
 *
 * @public
 */
export type RestartPolicy =
  | { readonly policyType: 'never' }
  | {
      /** `on-failure`: unless it exited with code 0. */
      readonly policyType: 'always' | 'on-failure';
      /** Restarts allowed within the period; one more end and the instance has failed. @defaultValue 5 */
      readonly maxRetries?: number;
      /** Milliseconds in which restarts count. @defaultValue 60,000 */
      readonly periodMs?: number;
      readonly backoff?: Backoff;
    };

/**
 * A policy with every default filled in.
 *
 * @public
 */
export type ResolvedRestartPolicy =
  | { readonly policyType: 'never' }
  | {
      readonly policyType: 'always' | 'on-failure';
      readonly maxRetries: number;
      readonly periodMs: number;
      readonly backoff: Required<Backoff>;
    };

const YEAR_MS = 365 * 24 * 3_600_000;
/** `setTimeout` counts no further. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * Fills in the defaults and checks every field.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function resolveRestartPolicy(
  value: unknown,
  field = 'restartPolicy',
): ResolvedRestartPolicy {
  const known = ['policyType', 'maxRetries', 'periodMs', 'backoff'];
  const given = value === undefined ? {} : knownFields(value, field, known);
  const policyType = oneOf(
    given['policyType'],
    within(field, 'policyType'),
    ['never', 'always', 'on-failure'],
    'on-failure',
  );
  if (policyType === 'never') {
    knownFields(given, field, ['policyType']);
    return { policyType };
  }
  return {
    policyType,
    maxRetries: integerIn(given['maxRetries'], within(field, 'maxRetries'), {
      min: 0,
      max: 1_000_000,
      fallback: 5,
    }),
    periodMs: integerIn(given['periodMs'], within(field, 'periodMs'), {
      min: 1,
      max: YEAR_MS,
      fallback: 60_000,
    }),
    backoff: resolveBackoff(given['backoff'], within(field, 'backoff')),
  };
}

/**
 * Fills in the defaults of a backoff.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function resolveBackoff(value: unknown, field: string): Required<Backoff> {
  const known = ['initialMs', 'factor', 'maxMs', 'jitter'];
  const given = value === undefined ? {} : knownFields(value, field, known);
  return {
    initialMs: numberIn(given['initialMs'], within(field, 'initialMs'), {
      min: 0,
      max: LONGEST_DELAY_MS,
      fallback: 100,
    }),
    factor: numberIn(given['factor'], within(field, 'factor'), { min: 1, max: 1_000, fallback: 2 }),
    maxMs: numberIn(given['maxMs'], within(field, 'maxMs'), {
      min: 0,
      max: LONGEST_DELAY_MS,
      fallback: 30_000,
    }),
    jitter: numberIn(given['jitter'], within(field, 'jitter'), { min: 0, max: 1, fallback: 0.1 }),
  };
}

/**
 * What the policy says about one end.
 *
 * @internal
 */
export type RestartDecision =
  | {
      readonly kind: 'restart';
      readonly delayMs: number;
      /** Times of the restarts that count, this one included. */
      readonly history: readonly number[];
    }
  | {
      readonly kind: 'give-up';
      readonly why: 'policy-never' | 'completed' | 'retries-exhausted' | 'group-stopping';
      readonly history: readonly number[];
    };

/**
 * Decides on a restart; a function of its arguments alone. Only restarts younger than the period
 * count, so the budget and the backoff recover by themselves as time goes by (OTP's intensity and
 * period, https://www.erlang.org/doc/system/sup_princ.html#maximum-restart-intensity).
 *
 * @param end - whether the end was a failure: anything but an exit with code 0.
 * @param history - times of earlier restarts, as the last decision returned them.
 * @param nowMs - on the clock of `history`.
 * @param random - in [0, 1).
 * @internal
 */
export function decideRestart(
  policy: ResolvedRestartPolicy,
  end: { readonly isFailure: boolean },
  history: readonly number[],
  nowMs: number,
  random: number,
): RestartDecision {
  if (policy.policyType === 'never') return { kind: 'give-up', why: 'policy-never', history: [] };
  const recent = history.filter((time) => nowMs - time < policy.periodMs);
  if (policy.policyType === 'on-failure' && !end.isFailure) {
    return { kind: 'give-up', why: 'completed', history: recent };
  }
  if (recent.length >= policy.maxRetries) {
    return { kind: 'give-up', why: 'retries-exhausted', history: recent };
  }
  const next = [...recent, nowMs];
  return {
    kind: 'restart',
    delayMs: backoffDelayMs(policy.backoff, next.length, random),
    history: next,
  };
}
