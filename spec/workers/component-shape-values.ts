import * as fc from 'fast-check';
import type { Shape } from './component-type-shapes.ts';

function camelLabel(prefix: string, index: number): string {
  return `${prefix}${index}x`;
}

function scalarValue(name: string): fc.Arbitrary<unknown> {
  switch (name) {
    case 'bool':
      return fc.boolean();
    case 'u8':
      return fc.integer({ min: 0, max: 0xff });
    case 's8':
      return fc.integer({ min: -0x80, max: 0x7f });
    case 'u16':
      return fc.integer({ min: 0, max: 0xffff });
    case 's16':
      return fc.integer({ min: -0x8000, max: 0x7fff });
    case 'u32':
      return fc.integer({ min: 0, max: 0xffff_ffff });
    case 's32':
      return fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
    case 'u64':
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case 's64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'f32':
      return fc.float();
    case 'f64':
      return fc.double();
    case 'char':
      return fc.string({ unit: 'binary', minLength: 1, maxLength: 1 });
    default:
      return fc.string({ unit: 'binary', maxLength: 40 });
  }
}

const TYPED_ARRAYS = new Map<string, fc.Arbitrary<unknown>>([
  ['u8', fc.uint8Array({ maxLength: 6 })],
  ['s8', fc.int8Array({ maxLength: 6 })],
  ['u16', fc.uint16Array({ maxLength: 6 })],
  ['s16', fc.int16Array({ maxLength: 6 })],
  ['u32', fc.uint32Array({ maxLength: 6 })],
  ['s32', fc.int32Array({ maxLength: 6 })],
  ['u64', fc.bigUint64Array({ maxLength: 6 })],
  ['s64', fc.bigInt64Array({ maxLength: 6 })],
  ['f32', fc.float32Array({ maxLength: 6 })],
  ['f64', fc.float64Array({ maxLength: 6 })],
]);

function tagged(tag: string, payload: Shape | undefined, isResult: boolean): fc.Arbitrary<unknown> {
  if (payload !== undefined) return valueOf(payload).map((val) => ({ tag, val }));
  return fc.constant(isResult ? { tag, val: undefined } : { tag });
}

/** An option of such a type is a variant. */
function mayBeUndefined(shape: Shape): boolean {
  return shape.kind === 'option' && !mayBeUndefined(shape.inner);
}

/** Any value of a type, in the form that JavaScript sees. */
export function valueOf(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'scalar':
      return scalarValue(shape.name);
    case 'tuple':
      return fc.tuple(...shape.parts.map(valueOf));
    case 'record':
      return fc
        .tuple(...shape.parts.map(valueOf))
        .map((values) =>
          Object.fromEntries(values.map((value, at) => [camelLabel('field', at), value])),
        );
    case 'list': {
      const typed = shape.inner.kind === 'scalar' ? TYPED_ARRAYS.get(shape.inner.name) : undefined;
      return typed ?? fc.array(valueOf(shape.inner), { maxLength: 4 });
    }
    case 'option':
      if (mayBeUndefined(shape.inner)) {
        return fc.oneof(fc.constant({ tag: 'none' }), tagged('some', shape.inner, false));
      }
      return fc.option(valueOf(shape.inner), { nil: undefined });
    case 'variant':
      return fc.oneof(...shape.cases.map((payload, at) => tagged(`case-${at}x`, payload, false)));
    case 'result':
      return fc.oneof(tagged('ok', shape.ok, true), tagged('err', shape.err, true));
    case 'flags':
      return fc
        .array(fc.boolean(), { minLength: shape.count, maxLength: shape.count })
        .map((flags) =>
          Object.fromEntries(flags.map((flag, at) => [camelLabel('label', at), flag])),
        );
    case 'enum':
      break;
  }
  return fc.nat({ max: shape.count - 1 }).map((at) => `label-${at}x`);
}
