import type { ByteReader } from './byte-reader.ts';

/**
 * Skips a constant expression, its `end` included. Only where it ends matters here; whether it is
 * well typed is the engine's question.
 *
 * @param onGlobalGet - reads the index of a global that the expression names.
 * @throws `VALIDATION_ERROR` for one that allocates; `WASM_RUNTIME_ERROR` for one that is not constant.
 * @internal
 */
export function skipConstantExpression(
  reader: ByteReader,
  onGlobalGet: (reader: ByteReader) => void = (here) => here.skipLeb(),
): void {
  for (;;) {
    const at = reader.offset;
    const opcode = reader.u8();
    switch (opcode) {
      case 0x0b: // end
        return;
      case 0x23: // global.get
        onGlobalGet(reader);
        break;
      case 0x41: // i32.const
      case 0x42: // i64.const
      case 0xd0: // ref.null
      case 0xd2: // ref.func
        reader.skipLeb();
        break;
      case 0x43: // f32.const
        reader.skip(4);
        break;
      case 0x44: // f64.const
        reader.skip(8);
        break;
      case 0x6a: // i32.add, sub, mul
      case 0x6b:
      case 0x6c:
      case 0x7c: // i64.add, sub, mul
      case 0x7d:
      case 0x7e:
        break;
      case 0xfb:
        reader.use('gc', 'guests may not allocate on the heap of the host', at);
        skipAllocation(reader);
        break;
      case 0xfd: // v128.const is the only constant one of its prefix
        if (reader.u32() !== 12) reader.fail('not a constant instruction');
        reader.skip(16);
        break;
      default:
        reader.fail(`not a constant instruction: 0x${opcode.toString(16)}`);
    }
  }
}

/** The constant instructions behind the prefix of garbage-collected types. */
function skipAllocation(reader: ByteReader): void {
  const opcode = reader.u32();
  switch (opcode) {
    case 0: // struct.new
    case 1: // struct.new_default
    case 6: // array.new
    case 7: // array.new_default
      reader.u32();
      return;
    case 8: // array.new_fixed
      reader.u32();
      reader.u32();
      return;
    case 26: // any.convert_extern
    case 27: // extern.convert_any
    case 28: // ref.i31
      return;
    default:
      reader.fail(`not a constant instruction: 0xfb ${opcode}`);
  }
}
