import { integerIn, knownFields } from '../../lib/core/field-checks.ts';
import { DEFAULT_LIMITS, type HttpLimits } from './http-limits.ts';

const GIB = 1_073_741_824;
const HOUR_MS = 3_600_000;

/** Smallest and largest number that each limit may be. */
const RANGES: { readonly [name in keyof HttpLimits]: readonly [number, number] } = {
  maxConnections: [1, 65_536],
  maxConnectionsPerInstance: [1, 65_536],
  maxTransfers: [1, 1_048_576],
  maxTransfersPerInstance: [1, 65_536],
  maxRequestBytes: [0, 1_024 * GIB],
  maxResponseBytes: [0, 1_024 * GIB],
  maxWholeResponseBytes: [0, GIB],
  maxHeaderBytes: [256, 1_048_576],
  connectTimeoutMs: [1, HOUR_MS],
  firstByteTimeoutMs: [1, HOUR_MS],
  betweenBytesTimeoutMs: [1, HOUR_MS],
  totalTimeoutMs: [1, 24 * HOUR_MS],
};

/**
 * Checks what was given to `startProvider` and fills in `DEFAULT_LIMITS`.
 *
 * @throws `INVALID_REQUEST` naming the field, `config.<option>`.
 * @internal
 */
export function parseConfig(config: Readonly<Record<string, unknown>>): HttpLimits {
  const names = Object.keys(RANGES) as (keyof HttpLimits)[];
  const given = knownFields(config, 'config', names);
  const limits: { -readonly [name in keyof HttpLimits]: number } = { ...DEFAULT_LIMITS };
  for (const name of names) {
    const [min, max] = RANGES[name];
    const range = { min, max, fallback: DEFAULT_LIMITS[name] };
    limits[name] = integerIn(given[name], `config.${name}`, range);
  }
  return limits;
}
