import { GuestTrap } from '../../guest-failure.ts';
import type { ExtismCalls } from './extism-calls.ts';
import type { PluginContext } from './plugin-context.ts';

/**
 * What a plug-in is given and what it answers.
 *
 * @internal
 */
export const exchangeCalls: ExtismCalls<
  | 'input_offset'
  | 'input_length'
  | 'input_load_u8'
  | 'input_load_u64'
  | 'input_set'
  | 'output_set'
  | 'output_offset'
  | 'output_length'
  | 'error_set'
  | 'error_get'
> = {
  input_offset: ({ input }) => BigInt(input.offset),
  input_length: ({ input }) => BigInt(input.length),
  input_load_u8: ({ heap, input }, index) =>
    isWithin(index, 1, input.length) ? heap.loadByte(input.offset + Number(index)) : 0,
  input_load_u64: ({ heap, input }, index) =>
    isWithin(index, 8, input.length) ? heap.loadWord(input.offset + Number(index)) : 0n,
  input_set(context, offset, length) {
    context.input = usedRange(context, 'input_set', offset, length);
  },
  output_set(context, offset, length) {
    context.output = usedRange(context, 'output_set', offset, length);
  },
  output_offset: ({ output }) => BigInt(output.offset),
  output_length: ({ output }) => BigInt(output.length),
  error_set(context, handle) {
    context.error = { offset: Number(handle), length: context.bytesOf(handle).length };
  },
  error_get: ({ error }) => BigInt(error.offset),
};

function isWithin(index: bigint, count: number, length: number): boolean {
  return index >= 0n && Number(index) + count <= length;
}

/** The kernel ignores a range that is none, and the caller gets nothing instead of an answer. */
function usedRange(
  { heap }: PluginContext,
  name: string,
  offset: bigint,
  length: bigint,
): { readonly offset: number; readonly length: number } {
  if (length === 0n) return { offset: 0, length: 0 };
  if (heap.contains(Number(offset), Number(length))) {
    return { offset: Number(offset), length: Number(length) };
  }
  throw new GuestTrap(`${name} of ${length} bytes at ${offset}, which have never been in use`);
}
