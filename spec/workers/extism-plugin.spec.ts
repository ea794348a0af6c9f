import { expect } from 'chai';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { checkArguments, findExport } from '../../lib/wasm/export-lookup.ts';
import { bindExtism } from '../../workers/abi/extism/bind-extism.ts';
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

const OPTIONS = { abi: 'auto', memoryBytes: 67_108_864, tableEntries: 1_000_000 } as const;
const LENGTH = '(import "extism:host/env" "input_length" (func $length (result i64)))';

function bound(bytes: Uint8Array, host: GuestHost = recordingHost()): Guest {
  const { admitted, coreModules } = admitModule(bytes, OPTIONS);
  const modules = coreModules.map(
    (each) => new WebAssembly.Module(each as Uint8Array<ArrayBuffer>),
  );
  return bindExtism({ ...admitted, sha256: '0'.repeat(64) }, modules, host);
}

const textual = (body: string, host?: GuestHost): Guest => bound(wat(`(module ${body})`), host);
const text = (value: unknown): string => Buffer.from(value as Uint8Array).toString();

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('Extism plug-ins', () => {
  it('take bytes, a text or nothing, and answer bytes', () => {
    const plugin = bound(guestBytes('extism-plugin'));
    expect(text(plugin.invoke('count_vowels', ['Hello, Österreich']))).to.equal('5');
    expect(plugin.invoke('echo', [Uint8Array.of(0, 255, 7)])).to.deep.equal(
      Uint8Array.of(0, 255, 7),
    );
    for (const args of [[], [undefined], [''], [new Uint8Array()]]) {
      expect(plugin.invoke('echo', args)).to.deep.equal(new Uint8Array());
    }
    expect(text(plugin.invoke('tail', ['0123456']))).to.equal('23456');
    expect(text(plugin.invoke('churn', []))).to.equal('64');
    expect(plugin.memoryBytes()).to.be.at.least(2 * 65_536);
  });

  it('answer bytes of their own, which no later call changes', () => {
    const plugin = bound(guestBytes('extism-plugin'));
    const first = plugin.invoke('echo', ['first']) as Uint8Array;
    plugin.invoke('echo', ['later']);
    expect(text(first)).to.equal('first');
    expect(first.buffer.byteLength).to.equal(5);
  });

  it('fail by an error of their own or an exit code, and live on', () => {
    const plugin = bound(guestBytes('extism-plugin'));
    const refused = thrownBy(() => plugin.invoke('refuse', [])) as GuestError;
    expect(refused).to.be.instanceOf(GuestError);
    expect(refused.payload).to.equal('no such thing');
    const ended = thrownBy(() => plugin.invoke('exit_code', [Uint8Array.of(3)])) as GuestError;
    expect(ended).to.be.instanceOf(GuestError);
    expect(ended.payload).to.equal('exit code 3');
    expect(plugin.invoke('exit_code', [Uint8Array.of(0)])).to.deep.equal(new Uint8Array());
    expect(text(plugin.invoke('next', []))).to.equal('1');
  });

  it('may free their output or error once it is set', () => {
    const plugin = textual(`(import "extism:host/env" "output_set" (func $out (param i64 i64)))
      (import "extism:host/env" "error_set" (func $fail (param i64)))
      (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
      (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
      (import "extism:host/env" "free" (func $free (param i64)))
      (func $x (result i64) (local $at i64) (local.set $at (call $alloc (i64.const 1)))
        (call $store (local.get $at) (i32.const 120)) (local.get $at))
      (func (export "answer") (local $at i64) (local.set $at (call $x))
        (call $out (local.get $at) (i64.const 1)) (call $free (local.get $at)))
      (func (export "refuse") (local $at i64) (local.set $at (call $x))
        (call $fail (local.get $at)) (call $free (local.get $at)))`);
    expect(text(plugin.invoke('answer', []))).to.equal('x');
    expect((thrownBy(() => plugin.invoke('refuse', [])) as GuestError).payload).to.equal('x');
  });

  it('P4 · fail where a variable could not be set, after they have come to their end', () => {
    const plugin = bound(guestBytes('extism-plugin'));
    const failed = thrownBy(() => plugin.invoke('total_vowels', ['a'])) as GuestError;
    expect(failed).to.be.instanceOf(GuestError);
    expect(failed.payload).to.equal('var_set: PERMISSION_DENIED: nothing is granted');
    expect(text(plugin.invoke('count_vowels', ['a']))).to.equal('1');
  });

  it('show nothing of one call to the next', () => {
    const plugin = textual(`${LENGTH}
      (import "extism:host/env" "output_set" (func $set (param i64 i64)))
      (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
      (import "extism:host/env" "error_get" (func $error (result i64)))
      (import "extism:host/env" "error_set" (func $fail (param i64)))
      (import "extism:host/env" "output_length" (func $out (result i64)))
      (func (export "fill") (call $set (call $alloc (i64.const 9)) (i64.const 9))
        (call $fail (call $alloc (i64.const 1))))
      (func (export "left") (result i32) (i32.wrap_i64 (i64.add (call $length)
        (i64.add (call $error) (call $out)))))`);
    expect(thrownBy(() => plugin.invoke('fill', ['input']))).to.be.instanceOf(GuestError);
    expect(plugin.invoke('left', [])).to.deep.equal(new Uint8Array());
  });

  it('are refused wrong calls before they are entered', () => {
    const bytes = wat(`(module ${LENGTH} (memory (export "memory") 1)
      (func (export "takes") (param i32)) (func (export "gives") (result i64) (i64.const 1))
      (func (export "pair") (result i32 i32) (i32.const 1) (i32.const 1)) (func (export "ok")))`);
    const plugin = bound(bytes, recordingHost({ payloadBytes: 4 }));
    const { admitted } = admitModule(bytes, OPTIONS);
    const facts = { ...admitted, sha256: '' };
    for (const [name, args, field] of [
      ['takes', [], 'exportName'],
      ['gives', [], 'exportName'],
      ['pair', [], 'exportName'],
      ['memory', [], 'exportName'],
      ['__proto__', [], 'exportName'],
      ['fly', [], 'exportName'],
      ['ok', [1], 'args[0]'],
      ['ok', [null], 'args[0]'],
      ['ok', [new Uint16Array(1)], 'args[0]'],
      ['ok', ['a', 'b'], 'args'],
    ] as const) {
      const within = thrownBy(() => plugin.invoke(name, args));
      expect(within, name).to.be.instanceOf(BadArguments);
      expect((within as BadArguments).field).to.equal(field);
      const outside = thrownBy(() => checkArguments(facts, findExport(facts, name), args));
      if (!isWasmatrixError(outside)) throw outside;
      expect(outside.details['field'], name).to.equal(field);
    }
    expect(thrownBy(() => plugin.invoke('ok', ['ööö']))).to.be.instanceOf(PayloadTooLarge);
    plugin.invoke('ok', ['öö']);
  });

  it('answer no more than a message may have', () => {
    const plugin = textual(
      `(import "extism:host/env" "output_set" (func $set (param i64 i64)))
      (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
      (func (export "f") (call $set (call $alloc (i64.const 101)) (i64.const 101)))
      (func (export "g") (call $set (call $alloc (i64.const 100)) (i64.const 100)))`,
      recordingHost({ payloadBytes: 100 }),
    );
    expect(thrownBy(() => plugin.invoke('f', []))).to.be.instanceOf(PayloadTooLarge);
    expect(plugin.invoke('g', [])).to.deep.equal(new Uint8Array(100));
  });

  it('end with what the host cannot serve, even if they catch it', () => {
    const plugin = textual(`(import "extism:host/env" "log_info" (func $log (param i64)))
      (func (export "f") (try (do (call $log (i64.const 5000))) (catch_all)))`);
    for (let turn = 0; turn < 2; turn += 1) {
      const trap = thrownBy(() => plugin.invoke('f', []));
      expect(trap).to.be.instanceOf(GuestTrap);
      expect((trap as Error).message).to.equal('the memory handle 5000 is of no block');
    }
  });

  it('end by their own traps, by exits, and by a defect of the host', () => {
    const plugin = bound(guestBytes('extism-plugin'));
    expect(thrownBy(() => plugin.invoke('trap', []))).to.be.instanceOf(WebAssembly.RuntimeError);
    const leaving = bound(guestBytes('extism-wasi'));
    for (let turn = 0; turn < 2; turn += 1) {
      const exit = thrownBy(() => leaving.invoke('leave', [Uint8Array.of(7)]));
      expect(exit).to.be.instanceOf(GuestExit);
      expect((exit as GuestExit).exitCode).to.equal(7);
    }
  });

  it('are initialised as their language wants it, before anything is called', () => {
    const body = (names: readonly string[], more = ''): string =>
      `${LENGTH} (global $ran (mut i32) (i32.const 0)) ${more}
      ${names
        .map(
          (name, index) => `(func (export "${name}") (global.set $ran
            (i32.add (i32.mul (global.get $ran) (i32.const 10)) (i32.const ${index + 1}))))`,
        )
        .join('\n')}
      (func (export "ran") (result i32) (global.get $ran))`;
    const haskell = '(func (export "hs_init") (param i32 i32) (global.set $ran (i32.const 9)))';
    for (const [names, more, ran] of [
      [['_initialize'], '', 1],
      [['__wasm_call_ctors'], '', 1],
      [['_initialize', '__wasm_call_ctors'], '', 2],
      [['_start'], '', 0],
      [['_initialize'], haskell, 9],
      [[], haskell, 9],
    ] as const) {
      const plugin = textual(body(names, more));
      const outcome = ran === 0 ? undefined : thrownBy(() => plugin.invoke('ran', []));
      if (outcome === undefined) plugin.invoke('ran', []);
      else expect((outcome as GuestError).payload).to.equal(`exit code ${ran}`);
    }
  });

  it('do not start where a variable could not be set on the way', () => {
    const body = `(import "extism:host/env" "var_set" (func $set (param i64 i64)))
      (func (export "_initialize") (call $set (i64.const 0) (i64.const 0)))`;
    const refusing = recordingHost({
      serve: () => {
        throw new CapabilityRefused({ code: 'STORAGE_ERROR', message: 'no disk' });
      },
    });
    const error = thrownBy(() => textual(body, refusing));
    expect(error).to.be.instanceOf(GuestTrap);
    expect((error as Error).message).to.equal('var_set: STORAGE_ERROR: no disk');
  });

  it('find preview 1 beside their own functions, and nothing but the files they are given', () => {
    const files = { '/notes.txt': Buffer.from('a note') };
    const host = recordingHost({ wasi: { files } });
    const plugin = bound(guestBytes('extism-wasi'), host);
    expect(text(plugin.invoke('begun', []))).to.equal('101');
    expect(text(plugin.invoke('begun', []))).to.equal('102');
    expect(text(plugin.invoke('read_file', ['/notes.txt']))).to.equal('a note');
    const missing = thrownBy(() => plugin.invoke('read_file', ['/etc/passwd'])) as GuestError;
    expect(missing.payload).to.equal('no such file');
    expect(text(plugin.invoke('year', []))).to.equal('2026');
    expect(host.text('stdout')).to.equal('reading /notes.txt\nreading /etc/passwd\n');
  });

  it('P3 · are not bound with an import that nothing serves', () => {
    for (const [module, name] of [
      ['extism:host/env', 'fork'],
      ['wasi_snapshot_preview1', 'fork'],
      ['env', '__proto__'],
    ]) {
      const bytes = wat(`(module (import "${module}" "${name}" (func)))`);
      const { admitted } = admitModule(wat('(module)'), OPTIONS);
      const modules = [new WebAssembly.Module(bytes)];
      const error = thrownBy(() =>
        bindExtism({ ...admitted, sha256: '' }, modules, recordingHost()),
      );
      expect(error).to.be.instanceOf(GuestTrap);
      expect((error as Error).message).to.include(`"${module}" "${name}"`);
    }
  });
});
