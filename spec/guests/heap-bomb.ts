import { coreModule, section } from '../wasm/core-bytes.ts';

const ascii = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];

/**
 * A guest that can end the engine, written as bytes because no tool at hand writes garbage-collected
 * types:
 *
 * ```wat
 * (type $array (array (mut i64)))
 * (type $chain (struct (field (mut (ref null $array))) (field (mut (ref null $chain)))))
 * (global $kept (mut (ref null $chain)) (ref.null $chain))
 * (func (export "ping") (result i32) (i32.const 7))
 * (func (export "bomb") (param i32) (result i32)
 *   (loop $again
 *     (global.set $kept
 *       (struct.new $chain (array.new_default $array (local.get 0)) (global.get $kept)))
 *     (br $again))
 *   (i32.const 1))
 * ```
 *
 * An array far beyond the limit of the thread's heap aborts the whole process (Node 22 to 26), whatever
 * `resourceLimits` say.
 */
export const HEAP_BOMB: Uint8Array = coreModule(
  section(
    1,
    ...[
      [4, 0x5e, 0x7e, 1],
      [0x5f, 2, 0x63, 0, 1, 0x63, 1, 1],
      [0x60, 0, 1, 0x7f],
      [0x60, 1, 0x7f, 1, 0x7f],
    ].flat(),
  ),
  section(3, 2, 2, 3),
  section(6, 1, 0x63, 1, 1, 0xd0, 1, 0x0b),
  section(7, 2, ...ascii('ping'), 0, 0, ...ascii('bomb'), 0, 1),
  section(
    10,
    ...[
      [2, 4, 0, 0x41, 7, 0x0b],
      [21, 0, 0x03, 0x40, 0x20, 0, 0xfb, 7, 0, 0x23, 0, 0xfb, 0, 1, 0x24, 0, 0x0c, 0, 0x0b],
      [0x41, 1, 0x0b],
    ].flat(),
  ),
);

/** Elements of which no heap of a guest's thread holds two arrays. */
export const TOO_MANY: number = 20_000_000;
