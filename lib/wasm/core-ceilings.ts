/**
 * Most of each thing that admission looks at. They sit at or above what the engine itself accepts,
 * except where the facts are kept and sent to a thread: those are bounded for the host's sake.
 *
 * @internal
 */
export const CORE_CEILINGS = {
  /** Bytes of a whole module, component or not: 256 MiB. */
  moduleBytes: 268_435_456,
  types: 1_000_000,
  parametersOfAType: 1_000,
  functions: 1_000_000,
  imports: 10_000,
  exports: 50_000,
  globals: 1_000_000,
  tags: 1_000_000,
  tables: 1_000,
  /** Each costs the process a memory map and about 10 GiB of address space, used or not. */
  memories: 32,
  elementSegments: 100_000,
  elements: 10_000_000,
  dataSegments: 100_000,
  customSections: 10_000,
  /** Characters of the longest name. */
  nameLength: 100_000,
  /** Characters of all kept names together. */
  namesLength: 8_388_608,
  /** Parameters and results of all kept signatures together. */
  signatureValues: 1_000_000,
} as const;

/**
 * Bytes of a page of linear memory.
 *
 * @internal
 */
export const PAGE_BYTES: number = 65_536;

/**
 * Most pages of a 32-bit memory.
 *
 * @internal
 */
export const MAX_PAGES_32: number = 65_536;

/**
 * Most entries that a table may grow to, unless it begins with more. The engine takes 32 bytes an entry
 * in one step, and a thread that is out of heap gets 16 MiB more to fail cleanly in: a step beyond that
 * aborts the whole process, whatever the thread's limits (measured on Node 26).
 *
 * @internal
 */
export const MAX_GROWN_TABLE_ENTRIES: number = 524_288;
