import { WasmatrixError } from '../core/errors.ts';
import type { PrimitiveType } from './component-definition.ts';
import {
  MAX_FLAT_PARAMS,
  MAX_TYPE_BYTES,
  MAX_TYPE_DEPTH,
  MAX_TYPE_TEXT,
} from './component-limits.ts';
import { joinedShape, type TypeShape } from './component-type-shape.ts';

/**
 * What admission has to know of a value type. None of it grows with the type: flattening is counted,
 * not done, and saturates one above what matters.
 *
 * @internal
 */
export interface ValueFacts {
  /** Bytes of a value in linear memory. */
  readonly size: number;
  readonly align: number;
  /** Core values when flattened; `MAX_FLAT_PARAMS + 1` stands for any larger number. */
  readonly flatCount: number;
  readonly depth: number;
  /** A string or list is inside, so that passing it needs a memory and an allocator. */
  readonly hasPointer: boolean;
  readonly hasBorrow: boolean;
  /** WIT text, cut at `MAX_TYPE_TEXT`. */
  readonly text: string;
  readonly shape: TypeShape;
}

/**
 * A component that is well formed and yet not admissible.
 *
 * @internal
 */
export function notAdmissible(feature: string, problem: string): WasmatrixError {
  return new WasmatrixError('VALIDATION_ERROR', `component refused: ${problem}`, { feature });
}

/**
 * Rounds up to a multiple of an alignment, also beyond 32 bits.
 *
 * @internal
 */
export function alignTo(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}

/**
 * Bytes of a discriminant for that many cases.
 *
 * @internal
 */
export function discriminantSize(caseCount: number): 1 | 2 | 4 {
  if (caseCount <= 256) return 1;
  return caseCount <= 65_536 ? 2 : 4;
}

/**
 * Bytes of a flags value of that many labels.
 *
 * @internal
 */
export function flagsSize(labelCount: number): 1 | 2 | 4 {
  if (labelCount <= 8) return 1;
  return labelCount <= 16 ? 2 : 4;
}

const LABEL = /^(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)(?:-(?:[a-z0-9]+|[A-Z0-9]+))*$/;

/**
 * Whether a name is one word in kebab case.
 *
 * @internal
 */
export function isLabel(name: string): boolean {
  return LABEL.test(name);
}

/**
 * Cuts a type's text to its bound.
 *
 * @internal
 */
export function boundedText(text: string): string {
  return text.length > MAX_TYPE_TEXT ? `${text.slice(0, MAX_TYPE_TEXT - 1)}…` : text;
}

/**
 * Cuts the text of a list of parts, without ever joining more of them than fit.
 *
 * @internal
 */
export function joinedText(before: string, parts: readonly string[], after: string): string {
  let text = before;
  for (const [index, part] of parts.entries()) {
    if (text.length > MAX_TYPE_TEXT) break;
    text += index === 0 ? part : `, ${part}`;
  }
  return boundedText(text + after);
}

function scalar(size: number, text: string): ValueFacts {
  return {
    size,
    align: size,
    flatCount: 1,
    depth: 1,
    hasPointer: false,
    hasBorrow: false,
    text,
    shape: [text],
  };
}

/**
 * Facts of the primitive types.
 *
 * @internal
 */
export const PRIMITIVE_FACTS: Readonly<Record<PrimitiveType, ValueFacts>> = {
  bool: scalar(1, 'bool'),
  s8: scalar(1, 's8'),
  u8: scalar(1, 'u8'),
  s16: scalar(2, 's16'),
  u16: scalar(2, 'u16'),
  s32: scalar(4, 's32'),
  u32: scalar(4, 'u32'),
  s64: scalar(8, 's64'),
  u64: scalar(8, 'u64'),
  f32: scalar(4, 'f32'),
  f64: scalar(8, 'f64'),
  char: scalar(4, 'char'),
  string: { ...scalar(4, 'string'), size: 8, flatCount: 2, hasPointer: true },
};

/**
 * Facts of a flags type.
 *
 * @internal
 */
export function flagsFacts(labels: readonly string[]): ValueFacts {
  return {
    ...scalar(flagsSize(labels.length), joinedText('flags { ', labels, ' }')),
    shape: labelsShape('flags { ', labels),
  };
}

/**
 * The shape of labels or other names.
 *
 * @internal
 */
export function labelsShape(before: string, labels: readonly string[]): TypeShape {
  return joinedShape(
    before,
    labels.map((label) => [label]),
    ' }',
  );
}

/**
 * Facts of a handle.
 *
 * @internal
 */
export function handleFacts(
  kind: 'own' | 'borrow',
  resource: { readonly name: string; readonly isLocal: boolean },
): ValueFacts {
  const { name, isLocal } = resource;
  const text = kind === 'own' ? name : `borrow<${name}>`;
  // A component may give a resource any name, also one that reads like a longer type, and may put a
  // resource of its own where one of the host is expected.
  const shown = !isLocal && name.length <= MAX_TYPE_TEXT && isLabel(name) ? name : '?';
  return {
    ...scalar(4, boundedText(text)),
    hasBorrow: kind === 'borrow',
    shape: [`${kind}<${shown}>`],
  };
}

/**
 * Facts of a list: a pointer and a length, whatever its elements.
 *
 * @throws `VALIDATION_ERROR` when it is nested too deep.
 * @internal
 */
export function listFacts(element: ValueFacts): ValueFacts {
  return bounded({
    ...PRIMITIVE_FACTS.string,
    depth: element.depth + 1,
    hasBorrow: element.hasBorrow,
    text: boundedText(`list<${element.text}>`),
    shape: ['list<', element.shape, '>'],
  });
}

function bounded(facts: ValueFacts): ValueFacts {
  if (facts.depth > MAX_TYPE_DEPTH) {
    throw notAdmissible('type-depth', `a type is nested deeper than ${MAX_TYPE_DEPTH}`);
  }
  if (facts.size > MAX_TYPE_BYTES) {
    throw notAdmissible('type-size', `a type takes more than ${MAX_TYPE_BYTES} bytes`);
  }
  return facts;
}

/**
 * Facts of a record or tuple.
 *
 * @throws `VALIDATION_ERROR` when it is too deep or too large.
 * @internal
 */
export function productFacts(
  parts: readonly ValueFacts[],
  text: string,
  shape: TypeShape,
): ValueFacts {
  let size = 0;
  let align = 1;
  let flatCount = 0;
  let depth = 0;
  for (const part of parts) {
    size = alignTo(size, part.align) + part.size;
    align = Math.max(align, part.align);
    flatCount = Math.min(MAX_FLAT_PARAMS + 1, flatCount + part.flatCount);
    depth = Math.max(depth, part.depth);
  }
  return bounded({
    size: alignTo(size, align),
    align,
    flatCount,
    depth: depth + 1,
    hasPointer: parts.some((part) => part.hasPointer),
    hasBorrow: parts.some((part) => part.hasBorrow),
    text: boundedText(text),
    shape,
  });
}

/**
 * Facts of a variant, enum, option or result; a case without payload is `undefined`.
 *
 * @throws `VALIDATION_ERROR` when it is too deep or too large.
 * @internal
 */
export function sumFacts(
  cases: readonly (ValueFacts | undefined)[],
  text: string,
  shape: TypeShape,
): ValueFacts {
  const tagSize = discriminantSize(cases.length);
  const payloads = cases.filter((payload) => payload !== undefined);
  let size = 0;
  let align = 1;
  let flatCount = 0;
  let depth = 0;
  for (const payload of payloads) {
    size = Math.max(size, payload.size);
    align = Math.max(align, payload.align);
    flatCount = Math.max(flatCount, payload.flatCount);
    depth = Math.max(depth, payload.depth);
  }
  const wholeAlign = Math.max(align, tagSize);
  return bounded({
    size: alignTo(alignTo(tagSize, align) + size, wholeAlign),
    align: wholeAlign,
    flatCount: Math.min(MAX_FLAT_PARAMS + 1, flatCount + 1),
    depth: depth + 1,
    hasPointer: payloads.some((payload) => payload.hasPointer),
    hasBorrow: payloads.some((payload) => payload.hasBorrow),
    text: boundedText(text),
    shape,
  });
}
