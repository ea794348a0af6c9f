/**
 * What a thread tells about itself while it is too busy to answer: a few numbers in shared memory.
 *
 * ```text
 * float64  0  bytes of all linear memories
 * float64  1  processor time of the thread in this life, microseconds
 * ```
 */
export const VITALS_BYTES = 16;

/** The fields by index. */
const FIELD = { memoryBytes: 0, cpuMicros: 1 } as const;

/** The numbers of one moment. */
export interface Vitals {
  readonly memoryBytes: number;
  readonly cpuMicros: number;
}

/** Writes one field; a torn read costs a wrong figure for a moment, nothing else. */
export function writeVital(
  view: Float64Array<SharedArrayBuffer>,
  field: keyof Vitals,
  value: number,
): void {
  view[FIELD[field]] = value;
}

/** Reads all fields. */
export function readVitals(buffer: SharedArrayBuffer): Vitals {
  const view = new Float64Array(buffer);
  return { memoryBytes: view[FIELD.memoryBytes] ?? 0, cpuMicros: view[FIELD.cpuMicros] ?? 0 };
}
