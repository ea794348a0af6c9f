import { expect } from 'chai';
import * as fc from 'fast-check';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { WAPC_FUNCTIONS } from '../../lib/wasm/wapc-functions.ts';
import { bindWapc } from '../../workers/abi/wapc/bind-wapc.ts';
import type { Guest, GuestHost } from '../../workers/guest.ts';
import {
  BadArguments,
  CapabilityRefused,
  GuestError,
  GuestExit,
  GuestTrap,
  PayloadTooLarge,
} from '../../workers/guest-failure.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { recordingHost } from '../guests/recording-host.ts';
import { payloadThrownBy } from '../thrown.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const OPTIONS = { abi: 'auto', memoryBytes: 67_108_864, tableEntries: 1_000_000 } as const;
const PAGE_BYTES = 65_536;

function bound(bytes: Uint8Array, host: GuestHost = recordingHost()): Guest {
  const { admitted, coreModules } = admitModule(bytes, OPTIONS);
  const modules = coreModules.map(
    (each) => new WebAssembly.Module(each as Uint8Array<ArrayBuffer>),
  );
  return bindWapc({ ...admitted, sha256: '0'.repeat(64) }, modules, host);
}

const textual = (body: string, host?: GuestHost): Guest => bound(wat(`(module ${body})`), host);
const text = (value: unknown): string => Buffer.from(value as Uint8Array).toString();
const payloadOf = (act: () => unknown): unknown => payloadThrownBy(GuestError, act);
const asked = (...parts: readonly string[]): string => parts.join('\0');

const IMPORTS = [...WAPC_FUNCTIONS]
  .map(([name, { params, results }]) => {
    const types = `(param ${params.join(' ')}) (result ${results.join(' ')})`;
    return `(import "wapc" "${name}" (func $${name} ${types}))`;
  })
  .join('\n');

/** A guest whose one call is this code. */
const calling = (code: string, host?: GuestHost): Guest =>
  textual(
    `${IMPORTS} (memory (export "memory") 1) (data (i32.const 0) "text")
    (func (export "__guest_call") (param $operation i32) (param $payload i32) (result i32) ${code})`,
    host,
  );

describe('waPC guests', () => {
  it('answer bytes of their own, and nothing of one call to the next', () => {
    const guest = bound(guestBytes('wapc-guest'));
    const first = guest.invoke('echo', ['first']) as Uint8Array;
    guest.invoke('echo', ['later']);
    expect(text(first)).to.equal('first');
    expect(payloadOf(() => guest.invoke('refuse', []))).to.equal('no such thing');
    expect(payloadOf(() => guest.invoke('silent', []))).to.match(/does not say why$/);
    expect(text(guest.invoke('log', []))).to.equal('');
    expect(text(guest.invoke('next', []))).to.equal('101');
    expect(guest.memoryBytes()).to.be.at.least(PAGE_BYTES);
  });

  it('P4 · name provider, operation and assignment, and hear why they are refused', () => {
    const host = recordingHost();
    const guest = bound(guestBytes('wapc-guest'), host);
    for (const [binding, capabilityId] of [
      ['', {}],
      ['default', {}],
      ['mine', { capabilityId: 'mine' }],
    ] as const) {
      const payload = payloadOf(() => guest.invoke('ask', [asked(binding, 'own', 'do', 'it')]));
      expect(payload).to.equal('PERMISSION_DENIED: nothing is granted');
      const args = [new Uint8Array(Buffer.from('it'))];
      expect(host.calls.pop()).to.deep.equal({
        family: 'own',
        operation: 'do',
        args,
        ...capabilityId,
      });
    }
  });

  it('are answered by providers of their own with bytes or a text, or nothing', () => {
    for (const [answer, expected] of [
      [Uint8Array.of(0, 255), Buffer.from([0, 255])],
      ['Öl', Buffer.from('Öl')],
      [null, Buffer.from('')],
      [undefined, Buffer.from('')],
    ] as const) {
      const guest = bound(guestBytes('wapc-guest'), recordingHost({ serve: () => answer }));
      const given = guest.invoke('ask', [asked('', 'own', 'do', '')]) as Uint8Array;
      expect(Buffer.from(given).equals(expected)).to.equal(true);
    }
    for (const answer of [7, true, [], {}, 7n]) {
      const guest = bound(guestBytes('wapc-guest'), recordingHost({ serve: () => answer }));
      expect(payloadOf(() => guest.invoke('ask', [asked('', 'own', 'do', '')]))).to.match(
        /unexpected form$/,
      );
    }
  });

  it('are held to the limit of payloads in every direction', () => {
    const host = recordingHost({ payloadBytes: 100, serve: () => new Uint8Array(101) });
    const guest = bound(guestBytes('wapc-guest'), host);
    expect(() => guest.invoke('echo', [new Uint8Array(101)])).to.throw(PayloadTooLarge, 'args[0]');
    expect(guest.invoke('echo', [new Uint8Array(100)])).to.have.length(100);
    expect(payloadOf(() => guest.invoke('ask', [asked('', 'own', 'do', '')]))).to.equal(
      'RESOURCE_EXHAUSTED: the answer is larger than 100 bytes',
    );
    const large = calling(
      `(call $__guest_response (i32.const 0) (local.get $payload))
      (call $__guest_response (i32.const 0) (i32.const 101)) (i32.const 1)`,
      host,
    );
    expect(() => large.invoke('any', [])).to.throw(PayloadTooLarge, 'result');
    const sending = calling(
      `(drop (call $__host_call (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 4)
        (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 101)))
      (call $__host_error (i32.const 1024))
      (call $__guest_error (i32.const 1024) (call $__host_error_len)) (i32.const 0)`,
      host,
    );
    expect(payloadOf(() => sending.invoke('any', []))).to.equal(
      'RESOURCE_EXHAUSTED: the payload is larger than 100 bytes',
    );
    expect(host.calls).to.have.length(1);
  });

  it('are believed their response rather than an error, and their failure rather than either', () => {
    const both =
      '(call $__guest_error (i32.const 0) (i32.const 2)) (call $__guest_response (i32.const 2) (i32.const 2))';
    expect(text(calling(`${both} (i32.const 1)`).invoke('any', []))).to.equal('xt');
    expect(text(calling(`${both} (i32.const -1)`).invoke('any', []))).to.equal('xt');
    expect(payloadOf(() => calling(`${both} (i32.const 0)`).invoke('any', []))).to.equal('te');
    const error = '(call $__guest_error (i32.const 0) (i32.const 4)) (i32.const 1)';
    expect(payloadOf(() => calling(error).invoke('any', []))).to.equal('text');
    expect(calling('(i32.const 1)').invoke('any', [])).to.deep.equal(new Uint8Array());
  });

  it('P19 · trap by any range that is not in their memory, even if they catch it, and reach no other', () => {
    const number = fc.oneof(
      fc.constantFrom(0, 1, 4, PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1, -1, -4, 2 ** 31 - 1),
      fc.constantFrom(-(2 ** 31), PAGE_BYTES - 16, 1_000),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    );
    const names = fc.constantFrom(...WAPC_FUNCTIONS.keys());
    const call = fc.tuple(names, fc.array(number, { minLength: 8, maxLength: 8 }));
    fc.assert(
      fc.property(call, fc.uint8Array({ maxLength: 40 }), ([name, values], payload) => {
        const host = recordingHost({ serve: () => new Uint8Array(16) });
        const function_ = WAPC_FUNCTIONS.get(name);
        const params = values.slice(0, function_?.params.length);
        const code = `(call $${name} ${params.map((value) => `(i32.const ${value})`).join(' ')})`;
        const asking = `(drop (call $__host_call ${'(i32.const 0)(i32.const 4)'.repeat(4)}))`;
        const answering = '(call $__guest_response (i32.const 0) (i32.const 0))';
        const done = function_?.results.length === 0 ? code : `(drop ${code})`;
        const guest = calling(
          `${asking} ${answering} (try (do ${done}) (catch_all)) (i32.const 1)`,
          host,
        );
        const before = host.calls.length;
        let trap: unknown;
        try {
          guest.invoke('operation', [payload]);
        } catch (error) {
          trap = error;
        }
        const isOutside = rangesOf(name, params, payload).some(
          ([at, length]) => length > 0 && (at >>> 0) + length > PAGE_BYTES,
        );
        expect(trap !== undefined, String(trap)).to.equal(isOutside);
        if (!isOutside) return;
        expect(trap).to.be.instanceOf(GuestTrap);
        expect((trap as Error).message).to.match(/are not in the guest's memory$/);
        expect(() => guest.invoke('operation', [])).to.throw(GuestTrap);
        expect(host.calls.length).to.be.at.most(before + 1);
      }),
      { numRuns },
    );
  });

  it('neither have memory before it is exported, nor hear of a call before there is one', () => {
    const call = '(func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1))';
    const log = '(func $begin (call $__console_log (i32.const 0) (i32.const 4)))';
    const memory = '(memory (export "memory") 1)';
    expect(() => textual(`${IMPORTS} ${memory} ${call} ${log} (start $begin)`)).to.throw(GuestTrap);
    expect(() => textual(`${IMPORTS} ${call} ${log} (export "wapc_init" (func $begin))`)).to.throw(
      GuestTrap,
    );
    const request = '(func $begin (call $__guest_request (i32.const -1) (i32.const -1)))';
    const quiet = textual(
      `${IMPORTS} ${memory} ${call} ${request} (export "wapc_init" (func $begin))`,
    );
    expect(quiet.invoke('any', [])).to.deep.equal(new Uint8Array());
  });

  it('may exit with 0 from their main, and with nothing else or from anywhere else', () => {
    const body = (name: string, code: number): string => `
      (import "wapc" "__console_log" (func (param i32 i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (func (export "${name}") (call $exit (i32.const ${code})))
      (func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1))`;
    expect(textual(body('_start', 0)).invoke('any', [])).to.deep.equal(new Uint8Array());
    for (const [name, code] of [
      ['_start', 1],
      ['_initialize', 0],
      ['wapc_init', 0],
    ] as const) {
      expect(() => textual(body(name, code)), name).to.throw(GuestExit);
    }
  });

  it('find what AssemblyScript expects beside their own functions', () => {
    const guest = textual(`(import "wapc" "__guest_error" (func (param i32 i32)))
      (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
      (memory (export "memory") 1) (data (i32.const 4) "\\04\\00\\00\\00n\\00o\\00")
      (func (export "__guest_call") (param i32 i32) (result i32)
        (call $abort (i32.const 8) (i32.const 0) (i32.const 3) (i32.const 4)) (i32.const 1))`);
    expect(() => guest.invoke('any', [])).to.throw(GuestTrap, 'abort: no (an unknown file:3:4)');
  });

  it('are refused wrong calls before they are entered', () => {
    const guest = bound(guestBytes('wapc-guest'), recordingHost({ payloadBytes: 4 }));
    for (const [name, args] of [
      ['echo', [1]],
      ['echo', [null]],
      ['echo', ['a', 'b']],
      ['x'.repeat(1_025), []],
    ] as const) {
      expect(() => guest.invoke(name, args)).to.throw(BadArguments);
    }
    expect(text(guest.invoke('echo', ['öö']))).to.equal('öö');
  });

  it('end by a failure of the host itself', () => {
    const guest = bound(
      guestBytes('wapc-guest'),
      recordingHost({
        serve: (operation) => {
          if (operation === 'defect') throw new TypeError('a defect');
          throw new CapabilityRefused({ code: 'TIMEOUT', message: 'late' });
        },
      }),
    );
    expect(payloadOf(() => guest.invoke('ask', [asked('', 'own', 'late', '')]))).to.equal(
      'TIMEOUT: late',
    );
    expect(() => guest.invoke('ask', [asked('', 'own', 'defect', '')])).to.throw('a defect');
    expect(() => guest.invoke('echo', [])).to.throw('a defect');
  });

  it('P3 · are not bound with an import that nothing serves', () => {
    const { admitted } = admitModule(guestBytes('wapc-guest'), OPTIONS);
    for (const [module, name] of [
      ['wapc', '__proto__'],
      ['wapc', 'constructor'],
      ['env', '__proto__'],
      ['extism:host/user', 'get'],
      ['__proto__', 'get'],
    ] as const) {
      const modules = [
        new WebAssembly.Module(wat(`(module (import "${module}" "${name}" (func)))`)),
      ];
      expect(() => bindWapc({ ...admitted, sha256: '' }, modules, recordingHost())).to.throw(
        GuestTrap,
        `"${module}" "${name}"`,
      );
    }
  });
});

/** The ranges that a call reads or writes, after one to the host that was answered with 16 bytes. */
function rangesOf(
  name: string,
  values: readonly number[],
  payload: Uint8Array,
): readonly (readonly [number, number])[] {
  const [first = 0, second = 0] = values;
  switch (name) {
    case '__guest_request':
      return [
        [first, 'operation'.length],
        [second, payload.length],
      ];
    case '__host_call':
      return [0, 2, 4, 6].map((at) => [values[at] ?? 0, (values[at + 1] ?? 0) >>> 0]);
    case '__host_response':
      return [[first, 16]];
    case '__guest_response':
    case '__guest_error':
    case '__console_log':
      return [[first, second >>> 0]];
    default:
      return [];
  }
}
