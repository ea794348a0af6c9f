import { GuestExit } from '../../../guest-failure.ts';
import { fail } from '../errno.ts';
import type { GuestMemory } from '../guest-memory.ts';
import type { Preview1Calls } from '../wasi-context.ts';

/** Between two pieces a kill can take effect. */
const RANDOM_PIECE_BYTES = 65_536;

/**
 * Arguments, environment, randomness and the end of the guest.
 *
 * @internal
 */
export const processCalls: Preview1Calls<
  | 'args_get'
  | 'args_sizes_get'
  | 'environ_get'
  | 'environ_sizes_get'
  | 'proc_exit'
  | 'proc_raise'
  | 'random_get'
  | 'sched_yield'
> = {
  args_get({ memory, args }, pointers, buffer) {
    writeList(memory, args, pointers, buffer);
  },
  args_sizes_get({ memory, args }, count, size) {
    writeSizes(memory, args, count, size);
  },
  environ_get({ memory, environ }, pointers, buffer) {
    writeList(memory, environ, pointers, buffer);
  },
  environ_sizes_get({ memory, environ }, count, size) {
    writeSizes(memory, environ, count, size);
  },
  proc_exit(_context, exitCode) {
    throw new GuestExit(exitCode);
  },
  proc_raise() {
    fail('notsup');
  },
  random_get({ host, memory }, pointer, length) {
    const bytes = memory.slice(pointer, length);
    for (let at = 0; at < length; at += RANDOM_PIECE_BYTES) {
      host.fillRandom(bytes.subarray(at, at + RANDOM_PIECE_BYTES));
    }
  },
  sched_yield() {},
};

function writeList(
  memory: GuestMemory,
  items: readonly Uint8Array[],
  pointers: number,
  buffer: number,
): void {
  const table = memory.view(pointers, items.length * 4);
  memory.require(buffer, totalBytes(items));
  let next = buffer;
  for (const [index, item] of items.entries()) {
    table.setUint32(index * 4, next, true);
    memory.slice(next, item.length).set(item);
    next += item.length;
  }
}

function writeSizes(
  memory: GuestMemory,
  items: readonly Uint8Array[],
  count: number,
  size: number,
): void {
  memory.require(size, 4);
  memory.setU32(count, items.length);
  memory.setU32(size, totalBytes(items));
}

function totalBytes(items: readonly Uint8Array[]): number {
  return items.reduce((sum, item) => sum + item.length, 0);
}
