import { integerIn, knownFields } from '../../lib/core/field-checks.ts';
import { DEFAULT_LIMITS, type MessagingLimits } from './messaging-limits.ts';

const GIB = 1_073_741_824;

/** Smallest and largest number that each limit may be. */
const LIMIT_RANGES: { readonly [name in keyof MessagingLimits]: readonly [number, number] } = {
  maxMessageBytes: [1, GIB],
  maxQueuedBytes: [1, 64 * GIB],
  maxPendingRequests: [1, 1_000_000],
  maxPendingPerInstance: [1, 10_000],
};

/**
 * Checks what was given to `startProvider` and fills in the defaults, `DEFAULT_LIMITS`.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function parseConfig(config: Readonly<Record<string, unknown>>): MessagingLimits {
  const given = new Map(Object.entries(knownFields(config, 'config', Object.keys(LIMIT_RANGES))));
  const limit = (name: keyof MessagingLimits): number => {
    const [min, max] = LIMIT_RANGES[name];
    const range = { min, max, fallback: DEFAULT_LIMITS[name] };
    return integerIn(given.get(name), `config.${name}`, range);
  };
  return {
    maxMessageBytes: limit('maxMessageBytes'),
    maxQueuedBytes: limit('maxQueuedBytes'),
    maxPendingRequests: limit('maxPendingRequests'),
    maxPendingPerInstance: limit('maxPendingPerInstance'),
  };
}
