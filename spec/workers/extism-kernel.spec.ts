import { expect } from 'chai';
import * as fc from 'fast-check';
import { EXTISM_SIGNATURES, type ExtismName } from '../../lib/wasm/extism-functions.ts';
import { GuestTrap } from '../../workers/guest-failure.ts';
import { recordingHost } from '../guests/recording-host.ts';
import { kernelOf } from './extism-kernel.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const U64 = 2n ** 64n;

const words = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: 0n, max: 3_000n }),
  fc.constantFrom(0n, -1n, 1_024n, 2n ** 32n, 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n),
);
const integers = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const calls = fc
  .constantFrom(...(Object.keys(EXTISM_SIGNATURES) as ExtismName[]))
  .chain((name) =>
    fc.tuple(
      fc.constant(name),
      fc.tuple(
        ...EXTISM_SIGNATURES[name].params.map((type) => (type === 'i64' ? words : integers)),
      ),
    ),
  );

describe("the kernel's functions for plug-ins", () => {
  it('answer whatever they are given, or end the guest, and stay within their memory', () => {
    fc.assert(
      fc.property(fc.array(calls, { maxLength: 40 }), (list) => {
        const host = recordingHost({ config: { a: 'b' } });
        const kernel = kernelOf(host, 'input');
        for (const [name, args] of list) {
          try {
            const result = kernel.call(name, ...args);
            const [type] = EXTISM_SIGNATURES[name].results as readonly string[];
            const wanted = { i32: 'number', i64: 'bigint' }[type ?? ''] ?? 'undefined';
            expect(typeof result, name).to.equal(wanted);
          } catch (error) {
            expect(error, name).to.be.instanceOf(GuestTrap);
            return;
          }
          expect(kernel.plugin.heap.heldBytes).to.be.at.most(16_777_216);
        }
      }),
      { numRuns },
    );
  });

  it('read and write blocks, by bytes and by words of any sign', () => {
    const kernel = kernelOf(recordingHost());
    const block = kernel.call('alloc', 24n) as bigint;
    fc.assert(
      fc.property(words, integers, (word, byte) => {
        kernel.call('store_u64', block + 3n, word);
        expect(kernel.call('load_u64', block + 3n)).to.equal(BigInt.asUintN(64, word));
        kernel.call('store_u8', block, byte);
        expect(kernel.call('load_u8', block)).to.equal(byte & 0xff);
      }),
      { numRuns },
    );
    expect(kernel.call('length', block)).to.equal(24n);
    expect(kernel.call('length_unsafe', block)).to.equal(24n);
    expect(kernel.call('length', block + 1n)).to.equal(0n);
    kernel.call('free', block);
    expect(kernel.call('length', block)).to.equal(0n);
    expect(kernel.call('alloc', 24n)).to.equal(block);
  });

  it('have no room for more than there is, and say so by 0', () => {
    const kernel = kernelOf(recordingHost());
    for (const length of [0n, -1n, 2n ** 63n - 1n, 2n ** 32n, 16_777_217n]) {
      expect(kernel.call('alloc', length), String(length)).to.equal(0n);
    }
    const held = kernel.call('memory_bytes');
    expect(held).to.equal(65_536n);
    while (kernel.call('alloc', 1_000_000n) !== 0n) continue;
    expect(kernel.call('memory_bytes')).to.equal(16_777_216n);
  });

  it('show the input, and nothing beyond it', () => {
    const kernel = kernelOf(recordingHost(), '0123456789');
    kernel.give('a neighbour');
    expect(kernel.call('input_length')).to.equal(10n);
    expect(kernel.text(kernel.call('input_offset'))).to.equal('0123456789');
    expect(kernel.call('input_load_u8', 9n)).to.equal(0x39);
    expect(kernel.call('input_load_u64', 2n)).to.equal(0x39_38_37_36_35_34_33_32n);
    for (const index of [10n, -1n, -10n, 2n ** 63n - 1n, U64 - 1n]) {
      expect(kernel.call('input_load_u8', index)).to.equal(0);
      expect(kernel.call('input_load_u64', index)).to.equal(0n);
    }
    expect(kernel.call('input_load_u64', 3n)).to.equal(0n);
    kernel.call('free', kernel.call('input_offset') as bigint);
    expect(kernel.call('input_length')).to.equal(0n);
  });

  it('take a range in use for the output or the input, and no other', () => {
    for (const name of ['output_set', 'input_set'] as const) {
      const kernel = kernelOf(recordingHost());
      const block = kernel.give('0123456789');
      kernel.call(name, block + 2n, 5n);
      const which = name === 'output_set' ? 'output' : 'input';
      expect(kernel.call(`${which}_offset`)).to.equal(block + 2n);
      expect(kernel.call(`${which}_length`)).to.equal(5n);
      kernel.call(name, 0n, 0n);
      expect(kernel.call(`${which}_length`)).to.equal(0n);
      for (const [offset, length] of [
        [block, 2n ** 40n],
        [block, -1n],
        [0n, 10n],
        [-1n, 1n],
        [2n ** 63n - 1n, 2n ** 63n - 1n],
      ] as const) {
        const fresh = kernelOf(recordingHost());
        expect(() => fresh.call(name, offset, length)).to.throw(GuestTrap, /never been in use/);
      }
    }
  });

  it('take a block for a handle, and no other number', () => {
    for (const [name, args] of [
      ['error_set', [77n]],
      ['config_get', [77n]],
      ['var_get', [77n]],
      ['var_set', [77n, 0n]],
      ['var_set', [0n, 77n]],
      ['http_request', [77n, 0n]],
      ['http_request', [0n, -77n]],
      ['log_info', [77n]],
    ] as const) {
      const host = recordingHost();
      const kernel = kernelOf(host);
      expect(() => kernel.call(name, ...args), name).to.throw(GuestTrap, /of no block/);
      // Caught or not, the guest is over.
      expect(() => kernel.call('get_log_level')).to.throw(GuestTrap, /of no block/);
      expect(host.calls).to.deep.equal([]);
    }
  });

  it('begin anew where the plug-in asks for it, except for what has failed', () => {
    const kernel = kernelOf(recordingHost(), 'input');
    const block = kernel.give('an error');
    kernel.call('error_set', block);
    kernel.call('var_set', kernel.give('key'), block);
    expect(kernel.call('error_get')).to.equal(block);
    kernel.call('reset');
    expect(kernel.call('error_get')).to.equal(0n);
    expect(kernel.call('input_length')).to.equal(0n);
    expect(kernel.call('length', block)).to.equal(0n);
    expect(kernel.plugin.failure).to.equal('var_set: PERMISSION_DENIED: nothing is granted');
  });

  it('show the configuration by own names only', () => {
    const kernel = kernelOf(recordingHost({ config: { greeting: 'hello', empty: '' } }));
    const asked = (name: string | Uint8Array) => kernel.call('config_get', kernel.give(name));
    expect(kernel.text(asked('greeting'))).to.equal('hello');
    for (const name of ['empty', 'other', '', '__proto__', 'constructor', Uint8Array.of(0xff)]) {
      expect(asked(name)).to.equal(0n);
    }
    expect(kernel.plugin.failure).to.equal(undefined);
  });

  it('write each level of the log to standard error', () => {
    const host = recordingHost({ payloadBytes: 16 });
    const kernel = kernelOf(host);
    expect(kernel.call('get_log_level')).to.equal(0);
    for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) {
      kernel.call(`log_${level}`, kernel.give(`about ${level}`));
    }
    kernel.call('log_info', 0n);
    kernel.call('log_info', kernel.give('longer than a message may be'));
    kernel.call('log_info', kernel.give(Uint8Array.of(0x61, 0xff)));
    expect(host.text('stderr')).to.equal(
      '[trace] about trace\n[debug] about debug\n[info] about info\n[warn] about warn\n' +
        '[error] about error\n[info] \n[info] longer than a me\n[info] a\ufffd\n',
    );
    expect(host.text('stdout')).to.equal('');
  });
});
