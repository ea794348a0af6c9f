import type { CoreValueType } from './admitted-module.ts';
import type { ByteReader } from './byte-reader.ts';

const PLAIN: ReadonlyMap<number, CoreValueType> = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
]);

/** `ref null T` and `ref T`, followed by a heap type. */
const REF_NULL = 0x63;
const REF = 0x64;

/** Abstract heap types, `exn` (0x69) to `noexn` (0x74), each also a one-byte reference type. */
const FIRST_ABSTRACT = 0x69;
const LAST_ABSTRACT = 0x74;
const TABLES_HOLD = 'tables hold functions or host references only';
const FUNC_HEAP = -0x10;
const EXTERN_HEAP = -0x11;

/**
 * Reads one value type; references other than `funcref` and `externref` are all called `ref`.
 *
 * @throws `WASM_RUNTIME_ERROR` if there is no such type.
 * @internal
 */
export function readValueType(reader: ByteReader): CoreValueType {
  const code = reader.u8();
  const plain = PLAIN.get(code);
  if (plain !== undefined) return plain;
  if (code === REF_NULL || code === REF) {
    const heap = reader.s33();
    if (code === REF_NULL && heap === FUNC_HEAP) return 'funcref';
    if (code === REF_NULL && heap === EXTERN_HEAP) return 'externref';
    return 'ref';
  }
  if (code >= FIRST_ABSTRACT && code <= LAST_ABSTRACT) return 'ref';
  return reader.fail(`unknown value type 0x${code.toString(16)}`);
}

/**
 * Reads the element type of a table. Functions, in any spelling, and host references are admitted;
 * anything else could keep garbage-collected objects of the guest's making alive on the host's heap.
 *
 * @throws `VALIDATION_ERROR` for any other reference; `WASM_RUNTIME_ERROR` if it is none.
 * @internal
 */
export function readTableElementType(reader: ByteReader): void {
  const at = reader.offset;
  const code = reader.peek();
  if (code === 0x70 || code === 0x6f) {
    reader.skip(1);
    return;
  }
  if (code === REF_NULL || code === REF) {
    reader.skip(1);
    const heap = reader.s33();
    // A concrete type is a function type where no other form of type is admitted.
    if (heap >= 0 || heap === FUNC_HEAP || heap === EXTERN_HEAP) return;
    reader.use('gc', TABLES_HOLD, at);
    return;
  }
  if (readValueType(reader) !== 'ref') {
    reader.fail('the element type of a table is not a reference type');
  }
  reader.use('gc', TABLES_HOLD, at);
}
