import { expect } from 'chai';
import * as fc from 'fast-check';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { bindExtism } from '../../workers/abi/extism/bind-extism.ts';
import type { Guest, GuestHost } from '../../workers/guest.ts';
import { CapabilityRefused, GuestError } from '../../workers/guest-failure.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { recordingHost } from '../guests/recording-host.ts';
import { payloadThrownBy } from '../thrown.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const OPTIONS = { abi: 'auto', memoryBytes: 67_108_864, tableEntries: 1_000_000 } as const;

function bound(bytes: Uint8Array, host: GuestHost): Guest {
  const { admitted, coreModules } = admitModule(bytes, OPTIONS);
  const modules = coreModules.map(
    (each) => new WebAssembly.Module(each as Uint8Array<ArrayBuffer>),
  );
  return bindExtism({ ...admitted, sha256: '0'.repeat(64) }, modules, host);
}

const caller = (host: GuestHost): Guest => bound(guestBytes('extism-caller'), host);
const text = (value: unknown): string => Buffer.from(value as Uint8Array).toString();
const payloadOf = (act: () => unknown): unknown => payloadThrownBy(GuestError, act);
const bytesOf = (content: string): Uint8Array => new Uint8Array(Buffer.from(content));

describe('calls of host functions', () => {
  it('give the bytes of blocks, and numbers that are of no block as they are', () => {
    const host = recordingHost({ serve: (_name, [first]) => first });
    const plugin = caller(host);
    expect(text(plugin.invoke('join', ['block']))).to.equal('block');
    expect(text(plugin.invoke('greet', []))).to.equal('');
    expect(text(plugin.invoke('odd', ['any']))).to.equal('any');
    expect(host.calls).to.deep.equal([
      { family: 'extism:host/user', operation: 'join', args: [bytesOf('block'), -7n] },
      { family: 'extism:host/user', operation: 'greet', args: [bytesOf('')] },
      { family: 'extism:host/user', operation: '__proto__', args: [bytesOf('any')] },
    ]);
  });

  it('hand over bytes of their own, which no later call changes', () => {
    const host = recordingHost({ serve: () => undefined });
    const plugin = caller(host);
    plugin.invoke('greet', ['before']);
    plugin.invoke('greet', ['AFTER!']);
    expect(host.calls[0]?.args).to.deep.equal([bytesOf('before')]);
  });

  it('take bytes, a text, or nothing, and fail the call for any other answer', () => {
    for (const [answer, expected] of [
      [Uint8Array.of(111, 107), 'ok'],
      ['Öl', 'Öl'],
      ['', ''],
      [null, ''],
      [undefined, ''],
    ] as const) {
      const plugin = caller(recordingHost({ serve: () => answer }));
      expect(text(plugin.invoke('greet', ['x']))).to.equal(expected);
    }
    for (const answer of [7, 7n, true, [], {}]) {
      const plugin = caller(recordingHost({ serve: () => answer }));
      expect(payloadOf(() => plugin.invoke('greet', ['x']))).to.equal(
        'greet: the provider answered in an unexpected form',
      );
    }
  });

  it('P4 · that are refused fail the call once it is over, and no other one is made meanwhile', () => {
    for (const code of ['PERMISSION_DENIED', 'STORAGE_ERROR', 'TIMEOUT'] as const) {
      const host = recordingHost({
        serve: () => {
          throw new CapabilityRefused({ code, message: 'no' });
        },
      });
      const plugin = caller(host);
      expect(payloadOf(() => plugin.invoke('greet_anyway', []))).to.equal(`greet: ${code}: no`);
      expect(host.calls).to.have.length(1);
      expect(payloadOf(() => plugin.invoke('next', []))).to.equal('exit code 1');
    }
  });

  it('are as large together as a payload, and their answer is no larger', () => {
    let answer = new Uint8Array(100);
    const host = recordingHost({ payloadBytes: 100, serve: () => answer });
    const plugin = caller(host);
    expect(plugin.invoke('greet', [new Uint8Array(100)])).to.have.length(100);
    answer = new Uint8Array(101);
    expect(payloadOf(() => plugin.invoke('greet', ['x']))).to.equal(
      'greet: RESOURCE_EXHAUSTED: the answer is larger than 100 bytes',
    );
    const twice = bound(
      wat(`(module (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
        (import "extism:host/user" "two" (func $two (param i64 i64)))
        (func (export "go") (call $two (call $alloc (i64.const 50)) (call $alloc (i64.const 51)))))`),
      host,
    );
    const before = host.calls.length;
    expect(payloadOf(() => twice.invoke('go', []))).to.equal(
      'two: RESOURCE_EXHAUSTED: the call is larger than 100 bytes',
    );
    expect(host.calls).to.have.length(before);
  });

  it('may be imported twice with other signatures, and are one', () => {
    const host = recordingHost({ serve: () => 'x' });
    const plugin = bound(
      wat(`(module (import "extism:host/env" "length" (func $length (param i64) (result i64)))
        (import "extism:host/user" "f" (func $plain)) (import "extism:host/user" "f" (func $full (param i64 i64) (result i64)))
        (func (export "go") (result i32) (call $plain)
          (i32.wrap_i64 (call $length (call $full (i64.const 5) (i64.const 6))))))`),
      host,
    );
    expect(payloadOf(() => plugin.invoke('go', []))).to.equal('exit code 1');
    expect(host.calls.map(({ args }) => args)).to.deep.equal([[], [5n, 6n]]);
  });

  it('P19 · take any numbers for handles, and reach nothing but blocks', () => {
    const handles = fc.array(
      fc.oneof(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.bigInt({ min: 0n, max: 200n }),
      ),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(handles, (given) => {
        const host = recordingHost({ serve: () => null });
        const params = given.map(() => 'i64').join(' ');
        const plugin = bound(
          wat(`(module (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
            (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
            (import "extism:host/user" "any" (func $any (param ${params})))
            (global (export "at") (mut i64) (i64.const 0))
            (func (export "go") (local $block i64)
              (local.set $block (call $alloc (i64.const 1)))
              (call $store (local.get $block) (i32.const 77))
              (call $any ${given.map((each) => `(i64.const ${each})`).join(' ')})))`),
          host,
        );
        plugin.invoke('go', []);
        for (const [index, arg] of (host.calls[0]?.args ?? []).entries()) {
          if (arg instanceof Uint8Array) {
            expect(arg).to.deep.equal(given[index] === 0n ? new Uint8Array() : Uint8Array.of(77));
          } else {
            expect(arg).to.equal(given[index]);
          }
        }
        expect(host.calls[0]?.args).to.have.length(given.length);
      }),
      { numRuns },
    );
  });

  it('end the guest by a failure of the host itself', () => {
    const plugin = caller(
      recordingHost({
        serve: () => {
          throw new TypeError('a defect');
        },
      }),
    );
    expect(() => plugin.invoke('greet', [])).to.throw('a defect');
    expect(() => plugin.invoke('next', [])).to.throw('a defect');
  });
});
