/**
 * Components inside components; toolchains nest two or three deep, and reading recurses.
 *
 * @internal
 */
export const MAX_COMPONENT_DEPTH = 32;

/**
 * Definitions, type declarations included, over the whole file: far above the few thousand of the
 * largest worlds, and a bound on what reading may keep.
 *
 * @internal
 */
export const MAX_DEFINITIONS = 100_000;

/**
 * Bytes of definitions that one instantiation may go through, counted again each time a nested
 * component is instantiated: a chain of components that each instantiate the next twice doubles with
 * every link. Large worlds take some ten thousand.
 *
 * @internal
 */
export const MAX_INSTANTIATION_STEPS = 1_000_000;

/**
 * Core modules and components that one instantiation may instantiate, each a memory of its own at
 * worst.
 *
 * @internal
 */
export const MAX_INSTANTIATIONS = 1_000;

/**
 * Value types inside value types; lifting and lowering recurse as deep. The same bound as Wasmtime's.
 *
 * @internal
 */
export const MAX_TYPE_DEPTH = 100;

/**
 * Bytes of one value of a type in memory, lists counted as pointers. Tuples of tuples grow
 * exponentially in the bytes that declare them; this stops them while they are only a number.
 *
 * @internal
 */
export const MAX_TYPE_BYTES = 1_048_576;

/**
 * Most core parameters before parameters travel through memory (canonical ABI, `MAX_FLAT_PARAMS`).
 * No type is ever flattened further than this.
 *
 * @internal
 */
export const MAX_FLAT_PARAMS = 16;

/**
 * Most core results before the result travels through memory (canonical ABI, `MAX_FLAT_RESULTS`).
 *
 * @internal
 */
export const MAX_FLAT_RESULTS = 1;

/**
 * Cases of a variant or labels of an enum: what a 16-bit discriminant can tell apart.
 *
 * @internal
 */
export const MAX_CASES = 65_536;

/**
 * Labels of a flags type, as the component model itself limits it.
 *
 * @internal
 */
export const MAX_FLAGS = 32;

/**
 * Bytes of a name. Mangled C++ symbols in dynamically linked components reach a few thousand.
 *
 * @internal
 */
export const MAX_NAME_BYTES = 10_000;

/**
 * Functions that a component imports or exports in all, each a fact that admission keeps.
 *
 * @internal
 */
export const MAX_BORDER_FUNCTIONS = 10_000;

/**
 * Characters of a type's text in an export's facts; it is for people, and anonymous types nest.
 *
 * @internal
 */
export const MAX_TYPE_TEXT = 200;
