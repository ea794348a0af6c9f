import type { ExtismCalls } from './extism-calls.ts';

/**
 * Blocks of the kernel's memory. As in the kernel itself, what is read from outside is zero, what is
 * written there is lost, and there is a block of no bytes that is 0.
 *
 * @internal
 */
export const memoryCalls: ExtismCalls<
  | 'alloc'
  | 'free'
  | 'length'
  | 'length_unsafe'
  | 'load_u8'
  | 'load_u64'
  | 'store_u8'
  | 'store_u64'
  | 'memory_bytes'
  | 'reset'
> = {
  alloc: ({ heap }, length) => BigInt(heap.allocate(Number(length))),
  free(context, handle) {
    const offset = Number(handle);
    context.heap.free(offset);
    if (offset === context.input.offset) context.input = { offset, length: 0 };
  },
  length: ({ heap }, handle) => BigInt(heap.lengthOf(Number(handle))),
  length_unsafe: ({ heap }, handle) => BigInt(heap.lengthOf(Number(handle))),
  load_u8: ({ heap }, offset) => heap.loadByte(Number(offset)),
  load_u64: ({ heap }, offset) => heap.loadWord(Number(offset)),
  store_u8: ({ heap }, offset, value) => heap.storeByte(Number(offset), value),
  store_u64: ({ heap }, offset, value) => heap.storeWord(Number(offset), value),
  memory_bytes: ({ heap }) => BigInt(heap.heldBytes),
  reset: (context) => context.reset(),
};
