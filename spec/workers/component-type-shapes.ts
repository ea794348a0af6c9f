import * as fc from 'fast-check';

/** A value type of the component model as the specs describe it, apart from the code under test. */
export type Shape =
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'record' | 'tuple'; readonly parts: readonly Shape[] }
  | { readonly kind: 'list' | 'option'; readonly inner: Shape }
  | { readonly kind: 'variant'; readonly cases: readonly (Shape | undefined)[] }
  | { readonly kind: 'result'; readonly ok: Shape | undefined; readonly err: Shape | undefined }
  | { readonly kind: 'flags' | 'enum'; readonly count: number };

const INTEGER_RANGES = new Map([
  ['u8', [0, 0xff]],
  ['s8', [-0x80, 0x7f]],
  ['u16', [0, 0xffff]],
  ['s16', [-0x8000, 0x7fff]],
  ['u32', [0, 0xffffffff]],
  ['s32', [-0x80000000, 0x7fffffff]],
]);

const SCALAR_FLAT = new Map([
  ['s64', ['i64']],
  ['u64', ['i64']],
  ['f32', ['f32']],
  ['f64', ['f64']],
  ['string', ['i32', 'i32']],
]);

const SCALARS = ['bool', ...INTEGER_RANGES.keys(), ...SCALAR_FLAT.keys(), 'char'];

/** Nested a few levels. */
const nestedShape: fc.Arbitrary<Shape> = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(...SCALARS).map((name): Shape => ({ kind: 'scalar', name })),
    fc.record<Shape & { kind: 'record' | 'tuple' }>({
      kind: fc.constantFrom('record', 'tuple'),
      parts: fc.array(tie('shape'), { minLength: 1, maxLength: 4 }),
    }),
    fc.record<Shape & { kind: 'list' | 'option' }>({
      kind: fc.constantFrom('list', 'option'),
      inner: tie('shape'),
    }),
    fc.record<Shape & { kind: 'variant' }>({
      kind: fc.constant('variant'),
      cases: fc.array(fc.option(tie('shape'), { nil: undefined }), { minLength: 1, maxLength: 4 }),
    }),
    fc.record<Shape & { kind: 'result' }>({
      kind: fc.constant('result'),
      ok: fc.option(tie('shape'), { nil: undefined }),
      err: fc.option(tie('shape'), { nil: undefined }),
    }),
    fc.record<Shape & { kind: 'flags' }>({
      kind: fc.constant('flags'),
      count: fc.integer({ min: 1, max: 32 }),
    }),
    fc.record<Shape & { kind: 'enum' }>({
      kind: fc.constant('enum'),
      count: fc.constantFrom(1, 2, 256, 257),
    }),
  ),
})).shape;

/** Any type; some are wide enough to have no flat form. */
export const anyShape: fc.Arbitrary<Shape> = fc.oneof(
  { arbitrary: nestedShape, weight: 3 },
  fc
    .array(nestedShape, { minLength: 5, maxLength: 12 })
    .map((parts): Shape => ({ kind: 'tuple', parts })),
  fc.array(nestedShape, { minLength: 5, maxLength: 12 }).map((cases): Shape => {
    return { kind: 'option', inner: { kind: 'variant', cases: [...cases, undefined] } };
  }),
);

const NAMED_KINDS = new Set<Shape['kind']>(['record', 'variant', 'flags', 'enum']);

function labels(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}x`);
}

/** Writes a type as text; compound types are defined first, each under a name of its own. */
export class ShapeWriter {
  readonly definitions: string[] = [];

  write(shape: Shape): string {
    if (shape.kind === 'scalar') return shape.name;
    const body = this.#body(shape);
    const serial = this.definitions.length;
    // What crosses a component's border must have a name, if it is of a kind that has names.
    this.definitions.push(
      NAMED_KINDS.has(shape.kind)
        ? `(type $raw${serial} ${body}) (import "type${serial}" (type $t${serial} (eq $raw${serial})))`
        : `(type $t${serial} ${body})`,
    );
    return `$t${serial}`;
  }

  #body(shape: Exclude<Shape, { kind: 'scalar' }>): string {
    switch (shape.kind) {
      case 'record': {
        const names = labels('field', shape.parts.length);
        const fields = shape.parts.map((part, at) => `(field "${names[at]}" ${this.write(part)})`);
        return `(record ${fields.join(' ')})`;
      }
      case 'tuple':
        return `(tuple ${shape.parts.map((part) => this.write(part)).join(' ')})`;
      case 'list':
      case 'option':
        return `(${shape.kind} ${this.write(shape.inner)})`;
      case 'variant': {
        const names = labels('case', shape.cases.length);
        const cases = shape.cases.map((payload, at) =>
          payload === undefined
            ? `(case "${names[at]}")`
            : `(case "${names[at]}" ${this.write(payload)})`,
        );
        return `(variant ${cases.join(' ')})`;
      }
      case 'result': {
        const ok = shape.ok === undefined ? '' : this.write(shape.ok);
        const err = shape.err === undefined ? '' : `(error ${this.write(shape.err)})`;
        return `(result ${ok} ${err})`;
      }
      case 'flags':
      case 'enum':
        break;
    }
    const names = labels('label', shape.count).map((name) => `"${name}"`);
    return `(${shape.kind} ${names.join(' ')})`;
  }
}

function joined(one: string, other: string): string {
  if (one === other) return one;
  return one.endsWith('32') && other.endsWith('32') ? 'i32' : 'i64';
}

/** The core types of a value, as the canonical ABI document words it. */
export function flatTypes(shape: Shape): string[] {
  const overlaid = (cases: readonly (Shape | undefined)[]): string[] => {
    const flat: string[] = [];
    for (const payload of cases) {
      for (const [at, type] of (payload ? flatTypes(payload) : []).entries()) {
        const before = flat[at];
        flat[at] = before === undefined ? type : joined(before, type);
      }
    }
    return ['i32', ...flat];
  };
  switch (shape.kind) {
    case 'scalar':
      return SCALAR_FLAT.get(shape.name) ?? ['i32'];
    case 'record':
    case 'tuple':
      return shape.parts.flatMap(flatTypes);
    case 'list':
      return ['i32', 'i32'];
    case 'option':
      return overlaid([undefined, shape.inner]);
    case 'variant':
      return overlaid(shape.cases);
    case 'result':
      return overlaid([shape.ok, shape.err]);
    case 'flags':
    case 'enum':
      break;
  }
  return ['i32'];
}
