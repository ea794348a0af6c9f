import * as fc from 'fast-check';

/** Keys that meet often, begin with each other, or sort differently in UTF-8 and UTF-16. */
export const key: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('a', 'a\0', 'ab', 'b', '\uffff', '\ue000', '😀', '__proto__', 'constructor', '*'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }),
);

/** Small values, the empty one among them. */
export const bytes: fc.Arbitrary<Uint8Array> = fc
  .uint8Array({ maxLength: 5 })
  .map((array) => new Uint8Array(array));

/** The order that every listing has. */
export function inUtf8Order(keys: Iterable<string>): string[] {
  return [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** How often a property is tried. */
export const runs: { readonly numRuns: number } = {
  numRuns: Number(process.env['FC_RUNS'] ?? 100),
};

/** A fresh name each time, so that runs on one store don't meet. */
export function freshName(prefix: string): string {
  freshName.count += 1;
  return `${prefix}${freshName.count}`;
}
freshName.count = 0;
