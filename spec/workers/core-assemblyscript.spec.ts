import { expect } from 'chai';
import * as fc from 'fast-check';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import {
  ASSEMBLYSCRIPT_FUNCTIONS,
  BINARY_MATH,
  UNARY_MATH,
} from '../../lib/wasm/assemblyscript-functions.ts';
import { ASSEMBLYSCRIPT_CALLS } from '../../workers/abi/core/assemblyscript-calls.ts';
import { bindCore } from '../../workers/abi/core/bind-core.ts';
import { bindWasi } from '../../workers/abi/wasi/bind-wasi.ts';
import type { Guest, GuestHost } from '../../workers/guest.ts';
import { GuestTrap } from '../../workers/guest-failure.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { recordingHost, WALL_CLOCK_START_NS } from '../guests/recording-host.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const OPTIONS = { abi: 'auto', memoryBytes: 67_108_864, tableEntries: 1_000_000 } as const;
const PAGE_BYTES = 65_536;

function bound(bytes: Uint8Array, host: GuestHost = recordingHost()): Guest {
  const { admitted, coreModules } = admitModule(bytes, OPTIONS);
  const modules = coreModules.map(
    (each) => new WebAssembly.Module(each as Uint8Array<ArrayBuffer>),
  );
  return bindCore({ ...admitted, sha256: '0'.repeat(64) }, modules, host);
}

const ABORT = '(import "env" "abort" (func $abort (param i32 i32 i32 i32)))';
const LOG = '(import "env" "console.log" (func $log (param i32)))';

/** Bytes of a memory as text of a data segment. */
const escaped = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');

/** A string as AssemblyScript keeps it: its length in bytes, and UTF-16. */
function kept(content: string): string {
  const units = Buffer.from(content, 'utf16le');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(units.length);
  return escaped(Buffer.concat([length, units]));
}

describe('core modules of AssemblyScript', () => {
  it('trap with the message, the file and the place that they abort with', () => {
    const guest = bound(guestBytes('shims-as'));
    expect(guest.invoke('half', [6])).to.equal(3);
    expect(() => guest.invoke('half', [5])).to.throw(
      GuestTrap,
      /^abort: an odd number: 5 \(guest\.ts:\d+:\d+\)$/,
    );
  });

  it('are served the same beside WASI preview 1', () => {
    const { admitted, coreModules } = admitModule(
      wat(`(module ${ABORT} ${LOG}
        (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
        (memory (export "memory") 1) (data (i32.const 12) "${kept('too late')}")
        (func (export "go") (drop (call $yield)) (call $log (i32.const 16))
          (call $abort (i32.const 16) (i32.const 0) (i32.const 7) (i32.const 9))))`),
      OPTIONS,
    );
    expect([admitted.abi, admitted.hasOutput]).to.deep.equal(['wasi', true]);
    const [module] = coreModules.map(
      (each) => new WebAssembly.Module(each as Uint8Array<ArrayBuffer>),
    );
    const host = recordingHost();
    const guest = bindWasi({ ...admitted, sha256: '' }, [module as WebAssembly.Module], host);
    const message = 'abort: too late (an unknown file:7:9)';
    expect(() => guest.invoke('go', [])).to.throw(GuestTrap, message);
    expect(host.text('stdout')).to.equal('too late\n');
  });

  it('do not live on by catching their abort', () => {
    const guest = bound(
      wat(`(module ${ABORT} (func (export "go") (try (do
        (call $abort (i32.const 0) (i32.const 0) (i32.const 7) (i32.const 9))) (catch_all)))
        (func (export "other")))`),
    );
    expect(() => guest.invoke('go', [])).to.throw(GuestTrap, 'abort (an unknown file:7:9)');
    expect(() => guest.invoke('other', [])).to.throw(GuestTrap, 'abort (an unknown file:7:9)');
  });

  it('write what they trace and log to standard output and error', () => {
    const host = recordingHost();
    bound(guestBytes('shims-as'), host).invoke('say', [3]);
    expect(host.text('stdout')).to.equal('log 3\ninfo\ndebug\n');
    expect(host.text('stderr')).to.equal('trace: traced 3, 0.5\nwarn ö\nerror\n');
  });

  it('trace no more numbers than they say, nor than there are', () => {
    const host = recordingHost();
    const guest = bound(
      wat(`(module (import "env" "trace" (func $trace (param i32 i32 f64 f64 f64 f64 f64)))
        (func (export "go") (param i32) (call $trace (i32.const 0) (local.get 0)
          (f64.const 1) (f64.const 2) (f64.const 3) (f64.const 4) (f64.const nan))))`),
      host,
    );
    for (const count of [0, 1, 5, 6, -1]) guest.invoke('go', [count]);
    const all = '1, 2, 3, 4, NaN';
    expect(host.text('stderr').split('\n')).to.deep.equal([
      'trace: null',
      'trace: null 1',
      ...Array(3).fill(`trace: null ${all}`),
      '',
    ]);
  });

  it('find clocks and random numbers, and nothing of the machine besides', () => {
    const host = recordingHost();
    const guest = bound(guestBytes('shims-as'), host);
    expect(guest.invoke('now', [])).to.equal(Number(WALL_CLOCK_START_NS / 1_000_000n));
    host.sleep(1.5);
    expect(guest.invoke('sinceStart', [])).to.equal(1.5);
    const drawn = Array.from({ length: 100 }, () => guest.invoke('random', []) as number);
    expect(new Set(drawn).size).to.equal(100);
    expect(drawn.every((each) => each >= 0 && each < 1)).to.equal(true);
  });

  it('draw seeds of every size up to 2^53, from the bytes of the host', () => {
    for (const [byte, expected] of [
      [0, 0],
      [0xff, 2 ** 53 - 1],
    ] as const) {
      const host = { ...recordingHost(), fillRandom: (bytes: Uint8Array) => void bytes.fill(byte) };
      const guest = bound(
        wat(`(module (import "env" "seed" (func $seed (result f64)))
          (import "env" "Math.random" (func $random (result f64)))
          (func (export "seed") (result f64) (call $seed))
          (func (export "random") (result f64) (call $random)))`),
        host,
      );
      expect(guest.invoke('seed', [])).to.equal(expected);
      expect(guest.invoke('random', [])).to.equal(expected / 2 ** 53);
    }
  });

  it('calculate as JavaScript does', () => {
    const guestOf = (name: string, count: number): Guest => {
      const params = Array(count).fill('f64').join(' ');
      const result = name === 'fround' ? 'f32' : 'f64';
      const gets = Array.from({ length: count }, (_, index) => `(local.get ${index})`).join(' ');
      return bound(
        wat(`(module (import "env" "Math.${name}" (func $f (param ${params}) (result ${result})))
          (func (export "f") (param ${params}) (result ${result}) (call $f ${gets})))`),
      );
    };
    for (const name of UNARY_MATH) {
      const guest = guestOf(name, 1);
      for (const x of [0, -1.5, 0.3, 40, Number.NaN, Infinity]) {
        expect(guest.invoke('f', [x]), name).to.deep.equal(Math[name](x));
      }
    }
    for (const name of BINARY_MATH) {
      const guest = guestOf(name, 2);
      expect(guest.invoke('f', [3.5, -2]), name).to.deep.equal(Math[name](3.5, -2));
    }
  });

  it('are served by every function that admission lets them import, and by no other', () => {
    expect([...ASSEMBLYSCRIPT_CALLS.keys()]).to.have.members([...ASSEMBLYSCRIPT_FUNCTIONS.keys()]);
  });

  it('say any text as it is, cut where it is longer than a payload', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.nat(60), (content, limit) => {
        const host = recordingHost({ payloadBytes: limit });
        const guest = bound(
          wat(`(module ${LOG} (memory (export "memory") 1) (data (i32.const 64) "${kept(content)}")
            (func (export "go") (call $log (i32.const 68))))`),
          host,
        );
        guest.invoke('go', []);
        const most = content.slice(0, Math.floor(limit / 2));
        expect(host.text('stdout')).to.equal(`${most.toWellFormed()}\n`);
      }),
      { numRuns },
    );
  });

  it('P19 · trap by a pointer to no string, whatever length is before it', () => {
    const pointers = fc.oneof(
      fc.constantFrom(1, 3, 4, PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 4, -1, -4, -(2 ** 31)),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.integer({ min: 0, max: PAGE_BYTES }),
    );
    const lengths = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: PAGE_BYTES }),
    );
    fc.assert(
      fc.property(pointers, lengths, (pointer, length) => {
        const before = (pointer >>> 0) - 4;
        const isPlaced = before >= 0 && before + 4 <= PAGE_BYTES;
        const prefix = Buffer.alloc(4);
        prefix.writeUInt32LE(length);
        const data = isPlaced ? `(data (i32.const ${before}) "${escaped(prefix)}")` : '';
        const guest = bound(
          wat(`(module ${LOG} ${ABORT} (memory (export "memory") 1) ${data}
            (func (export "log") (call $log (i32.const ${pointer})))
            (func (export "abort")
              (call $abort (i32.const ${pointer}) (i32.const 0) (i32.const 1) (i32.const 1))))`),
        );
        const isString = pointer === 0 || (isPlaced && before + 4 + length <= PAGE_BYTES);
        if (isString) guest.invoke('log', []);
        else expect(() => guest.invoke('log', [])).to.throw(GuestTrap, 'there is no string at');
        expect(() => guest.invoke('abort', [])).to.throw(
          GuestTrap,
          isString ? /^abort/ : /^there is no string at/,
        );
      }),
      { numRuns },
    );
  });

  it('abort with a message of bounded length, and before they have a memory', () => {
    const guest = bound(
      wat(`(module ${ABORT} (memory (export "memory") 1)
        (data (i32.const 64) "${kept('x'.repeat(5_000))}")
        (func (export "go") (call $abort (i32.const 68) (i32.const 68) (i32.const 1) (i32.const 1))))`),
    );
    let message = '';
    try {
      guest.invoke('go', []);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).to.equal(`abort: ${'x'.repeat(500)} (${'x'.repeat(500)}:1:1)`);
    const early = wat(`(module ${ABORT} (memory (export "memory") 1) (start $begin)
      (func $begin (call $abort (i32.const 8) (i32.const 0) (i32.const 1) (i32.const 1))))`);
    expect(() => bound(early)).to.throw(GuestTrap);
  });

  it('P3 · are not bound with an import that nothing serves', () => {
    const { admitted } = admitModule(wat('(module)'), OPTIONS);
    for (const [module, name] of [
      ['env', '__proto__'],
      ['env', 'process.exit'],
      ['env', 'console.time'],
      ['env', 'crypto.getRandomValuesN'],
      ['wapc', '__console_log'],
      ['__proto__', 'abort'],
    ] as const) {
      const modules = [
        new WebAssembly.Module(wat(`(module (import "${module}" "${name}" (func)))`)),
      ];
      expect(() => bindCore({ ...admitted, sha256: '' }, modules, recordingHost())).to.throw(
        GuestTrap,
        `"${module}" "${name}"`,
      );
    }
  });
});
