import type { ByteReader } from './byte-reader.ts';
import { refusedFeature } from './core-refusals.ts';

/**
 * Skips a constant expression, its `end` included. Only where it ends matters here; whether it is
 * well typed is the engine's question.
 *
 * @throws `VALIDATION_ERROR` for one that allocates; `WASM_RUNTIME_ERROR` for one that is not constant.
 * @internal
 */
export function skipConstantExpression(reader: ByteReader): void {
  for (;;) {
    const at = reader.offset;
    const opcode = reader.u8();
    switch (opcode) {
      case 0x0b: // end
        return;
      case 0x23: // global.get
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
        throw refusedFeature('gc', 'guests may not allocate on the heap of the host', at);
      case 0xfd: // v128.const is the only constant one of its prefix
        if (reader.u32() !== 12) reader.fail('not a constant instruction');
        reader.skip(16);
        break;
      default:
        reader.fail(`not a constant instruction: 0x${opcode.toString(16)}`);
    }
  }
}
