import type { CapacityBound } from './capacity.ts';
import { integerIn, knownFields, within } from './field-checks.ts';
import type { MachineFigures } from './machine-figures.ts';

/**
 * Limits of one's own, below those of the machine, which hold in any case. What a limit counts is that
 * of the whole process, except for `maxGuestBytes`.
 *
 * @public
 */
export interface CapacityOptions {
  /** Memory mappings of the process, where the system tells. @defaultValue the machine's */
  readonly maxMappings?: number;
  /** Resident memory of the process, in bytes. @defaultValue the machine's */
  readonly maxResidentBytes?: number;
  /** Open descriptors of the process, where the system tells. @defaultValue the machine's */
  readonly maxDescriptors?: number;
  /**
   * Bytes that may be promised to instances: the sum of the `limits.memoryBytes` of those that have a
   * thread, in this process or in one of their own. @defaultValue no limit: promises may exceed what is there
   */
  readonly maxGuestBytes?: number;
  /**
   * Pages of 64 KiB that any one linear memory of this process may have, whoever makes it: a backstop behind
   * `limits.memoryBytes`, by a flag of V8 that cannot be taken back. Memories of other libraries are
   * concerned, too. @defaultValue the engine's
   */
  readonly maxMemoryPages?: number;
}

/**
 * Guest threads of a supervisor, where nothing else is said.
 *
 * @internal
 */
export const DEFAULT_MAX_THREADS = 1_500;

const RANGES = {
  maxMappings: { min: 1, max: 2 ** 31 - 1, fallback: Infinity },
  maxResidentBytes: { min: 1, max: Number.MAX_SAFE_INTEGER, fallback: Infinity },
  maxDescriptors: { min: 1, max: 2 ** 31 - 1, fallback: Infinity },
  maxGuestBytes: { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: Infinity },
  maxMemoryPages: { min: 1, max: 65_536, fallback: Infinity },
} as const;

/**
 * Checks every limit; those that were not given are infinite.
 *
 * @throws `INVALID_REQUEST` naming the limit.
 * @internal
 */
export function resolveCapacity(value: unknown, field = 'capacity'): Required<CapacityOptions> {
  const names = Object.keys(RANGES) as (keyof CapacityOptions)[];
  const given = value === undefined ? {} : knownFields(value, field, names);
  return Object.fromEntries(
    names.map((name) => [name, integerIn(given[name], within(field, name), RANGES[name])]),
  ) as unknown as Required<CapacityOptions>;
}

/**
 * The bounds that one's own limits make of what a process uses.
 *
 * @internal
 */
export function ownBounds(
  options: Required<CapacityOptions>,
  { mappings, descriptors, residentBytes }: Partial<MachineFigures>,
): CapacityBound[] {
  return [
    ...ownBound('mappings', mappings, options.maxMappings, 'capacity.maxMappings'),
    ...ownBound('descriptors', descriptors, options.maxDescriptors, 'capacity.maxDescriptors'),
    ...ownBound(
      'resident-memory',
      residentBytes,
      options.maxResidentBytes,
      'capacity.maxResidentBytes',
    ),
  ];
}

/**
 * A bound that an option of the supervisor sets; none where it sets none.
 *
 * @param option - which has to be raised.
 * @internal
 */
export function ownBound(
  resource: CapacityBound['resource'],
  used: number | undefined,
  limit: number,
  option: string,
): CapacityBound[] {
  if (used === undefined || limit === Infinity) return [];
  return [{ resource, used, limit, reserved: 0, raise: `raise the option ${option}` }];
}
