import { alike, InterfaceSignatures, methods } from './component-signature-notation.ts';

const TYPES = { StreamError: 'variant { last-operation-failed(own<error>), closed }' };

const INPUT = methods('input-stream', {
  ...alike('read blocking-read', '(u64) -> result<list<u8>, StreamError>'),
  ...alike('skip blocking-skip', '(u64) -> result<u64, StreamError>'),
  subscribe: '() -> own<pollable>',
});

const OUTPUT = methods('output-stream', {
  'check-write': '() -> result<u64, StreamError>',
  ...alike('write blocking-write-and-flush', '(list<u8>) -> result<_, StreamError>'),
  ...alike('flush blocking-flush', '() -> result<_, StreamError>'),
  ...alike('write-zeroes blocking-write-zeroes-and-flush', '(u64) -> result<_, StreamError>'),
  ...alike('splice blocking-splice', '(borrow<input-stream>, u64) -> result<u64, StreamError>'),
  subscribe: '() -> own<pollable>',
});

/**
 * `wasi:io` 0.2 (https://github.com/WebAssembly/wasi-io).
 *
 * @internal
 */
export const IO_SIGNATURES: ReadonlyMap<string, InterfaceSignatures> = new Map([
  [
    'wasi:io/error',
    new InterfaceSignatures({}, methods('error', { 'to-debug-string': '() -> string' })),
  ],
  [
    'wasi:io/poll',
    new InterfaceSignatures(
      {},
      {
        ...methods('pollable', { ready: '() -> bool', block: '()' }),
        poll: '(list<borrow<pollable>>) -> list<u32>',
      },
    ),
  ],
  ['wasi:io/streams', new InterfaceSignatures(TYPES, { ...INPUT, ...OUTPUT })],
]);
