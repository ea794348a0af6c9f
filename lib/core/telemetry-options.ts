import { invalidField } from './errors.ts';
import { integerIn, knownFields, within } from './field-checks.ts';

/**
 * What is measured and told beyond the facts; `docs/telemetry.md` has the names.
 *
 * @public
 */
export interface TelemetryOptions {
  /**
   * Whether calls and capability calls are timed and counted; `stats()` then has `telemetry`, and a host serves
   * `/metrics`. @defaultValue false; true for a host
   */
  readonly metrics?: boolean;
  /**
   * Whether calls and capability calls become spans of OpenTelemetry. The SDK is the caller's own: without one
   * that is registered, they go nowhere. @defaultValue false
   */
  readonly traces?: boolean;
  /**
   * Instances whose own figures are told: so many of those that took the most processor time, and so many of
   * those with the most memory. @defaultValue 20
   */
  readonly topInstances?: number;
}

/** @internal */
export type ResolvedTelemetry = Required<TelemetryOptions>;

/**
 * Fills in the defaults and checks every option.
 *
 * @throws `INVALID_REQUEST` naming the option.
 * @internal
 */
export function resolveTelemetry(
  value: unknown,
  defaults: { readonly metrics: boolean } = { metrics: false },
): ResolvedTelemetry {
  const field = 'telemetry';
  const known = ['metrics', 'traces', 'topInstances'];
  const given = value === undefined ? {} : knownFields(value, field, known);
  const flag = (name: 'metrics' | 'traces', fallback: boolean): boolean => {
    const flagged = given[name] ?? fallback;
    if (typeof flagged !== 'boolean') throw invalidField(within(field, name), 'must be a boolean');
    return flagged;
  };
  return {
    metrics: flag('metrics', defaults.metrics),
    traces: flag('traces', false),
    topInstances: integerIn(given['topInstances'], within(field, 'topInstances'), {
      min: 0,
      max: 500,
      fallback: 20,
    }),
  };
}
