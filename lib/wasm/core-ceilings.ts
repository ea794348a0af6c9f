/**
 * Most of each thing that admission looks at. They sit at or above what the engine itself accepts,
 * except where the facts are kept and sent to a thread: those are bounded for the host's sake.
 *
 * @internal
 */
export const CORE_CEILINGS = {
  /** Bytes of a whole module, component or not: 256 MiB. */
  moduleBytes: 268_435_456,
  /**
   * Over all parts of a guest: the engine keeps each different type for as long as the process lives,
   * and ends the process at about two million (measured on Node 26). Large programs have some hundred.
   */
  types: 10_000,
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
 * Bytes of a custom section that the engine is shown; a larger one is left out. It reads names for its
 * stack traces and addresses of source maps there, and a single text that the heap of its thread cannot
 * hold ends the whole process (measured on Node 26: a function's name of 33 MB, without a limit raised).
 *
 * @internal
 */
export const MAX_SHOWN_CUSTOM_BYTES: number = 4_194_304;

/**
 * What the engine may have to keep in view while it compiles one function: locals and values on the stack,
 * summed up over all places where control comes or goes. Each takes it a nanosecond and ten bytes or so,
 * during which nothing can stop it. The heaviest function of clang has 740,000, that of CPython 190,000.
 *
 * @internal
 */
export const MAX_COMPILE_WEIGHT: number = 20_000_000;

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
