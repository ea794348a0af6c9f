import { expect } from 'chai';
import { PREVIEW1_FUNCTIONS } from '../../lib/wasm/preview1-functions.ts';
import { bindWasi } from '../../workers/abi/wasi/bind-wasi.ts';
import { BadArguments, GuestExit, GuestTrap } from '../../workers/guest-failure.ts';
import { bindWat, wasiFacts } from './wasi-preview1-binding.ts';
import { recordingHost } from './wasi-preview1-host.ts';

const EXIT = '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))';
const RANDOM =
  '(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))';

describe('WASI preview 1 · binding', () => {
  it('knows the 46 functions of snapshot preview 1', () => {
    expect(PREVIEW1_FUNCTIONS.size).to.equal(46);
    expect(PREVIEW1_FUNCTIONS.get('proc_exit')).to.deep.equal({ params: ['i32'], results: [] });
    expect(PREVIEW1_FUNCTIONS.get('constructor')).to.equal(undefined);
  });

  it('P3 · serves no import but the 46, and names the one it does not serve', () => {
    const wanted = [
      ['wasi_unstable', 'fd_write'],
      ['wasi_snapshot_preview1', 'fd_invented'],
      ['wasi_snapshot_preview1', '__proto__'],
      ['__proto__', 'fd_write'],
      ['env', 'exec'],
    ] as const;
    for (const [module, name] of wanted) {
      const source = `(module (import "${module}" "${name}" (func)))`;
      expect(() => bindWat(source, recordingHost()), name).to.throw(
        GuestTrap,
        `"${module}" "${name}"`,
      );
    }
    const global = '(module (import "wasi_snapshot_preview1" "fd_close" (global i32)))';
    expect(() => bindWat(global, recordingHost())).to.throw(GuestTrap, 'fd_close');
  });

  it('returns the code that a command exits with, or 0', () => {
    const exiting = `(module ${EXIT} (func (export "_start") (call $exit (i32.const 42))))`;
    expect(bindWat(exiting, recordingHost(), 'command').run?.()).to.equal(42);
    const ending = '(module (func (export "_start")))';
    expect(bindWat(ending, recordingHost(), 'command').run?.()).to.equal(0);
  });

  it('initialises a reactor before anything is called', () => {
    const reactor = `(module (global $ready (mut i32) (i32.const 0))
      (func (export "_initialize") (global.set $ready (i32.const 1)))
      (func (export "is_ready") (result i32) (global.get $ready)))`;
    const guest = bindWat(reactor, recordingHost(), 'reactor', { is_ready: [] });
    expect(guest.invoke('is_ready', [])).to.equal(1);
    const leaving = `(module ${EXIT} (func (export "_initialize") (call $exit (i32.const 2))))`;
    expect(() => bindWat(leaving, recordingHost())).to.throw(GuestExit);
  });

  it('serves a guest nothing any more after it has exited', () => {
    const host = recordingHost();
    const source = `(module ${EXIT}
      (import "wasi_snapshot_preview1" "fd_write"
        (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\04\\00\\00\\00")
      (data (i32.const 16) "said")
      (func $say (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
      (func (export "_start")
        (call $say)
        (try (do (call $exit (i32.const 0))) (catch_all))
        (try (do (call $say)) (catch_all))))`;
    expect(bindWat(source, host, 'command').run?.()).to.equal(0);
    expect(host.stdout()).to.equal('said');
  });

  it('ends a guest that exits, even if it catches its own exit and runs on', () => {
    const stubborn = `(module ${EXIT} ${RANDOM} (memory (export "memory") 1)
      (func (export "_start")
        (try (do (call $exit (i32.const 9))) (catch_all))
        (try (do (drop (call $random (i32.const 0) (i32.const 8)))) (catch_all))))`;
    expect(bindWat(stubborn, recordingHost(), 'command').run?.()).to.equal(9);
    const reactor = `(module ${EXIT} (func (export "leave") (result i32)
      (try (do (call $exit (i32.const 9))) (catch_all)) (i32.const 1)))`;
    const guest = bindWat(reactor, recordingHost(), 'reactor', { leave: [] });
    expect(() => guest.invoke('leave', [])).to.throw(GuestExit);
  });

  it('traps a call that needs a memory which cannot be reached', () => {
    const hidden = `(module ${RANDOM} (memory 1)
      (func (export "go") (result i32) (call $random (i32.const 0) (i32.const 8))))`;
    const guest = bindWat(hidden, recordingHost(), 'reactor', { go: [] });
    expect(() => guest.invoke('go', [])).to.throw(GuestTrap, 'memory');
    const early = `(module ${RANDOM} (memory (export "memory") 1) (start $begin)
      (func $begin (drop (call $random (i32.const 0) (i32.const 8)))))`;
    expect(() => bindWat(early, recordingHost())).to.throw(GuestTrap, 'memory');
  });

  it('finds memory again after it has grown', () => {
    const growing = `(module ${RANDOM} (memory (export "memory") 1)
      (func (export "go") (result i32)
        (drop (call $random (i32.const 0) (i32.const 8)))
        (drop (memory.grow (i32.const 1)))
        (drop (call $random (i32.const 65536) (i32.const 8)))
        (i32.load8_u (i32.const 65543))))`;
    const guest = bindWat(growing, recordingHost(), 'reactor', { go: [] });
    expect(guest.invoke('go', [])).to.equal(7);
    expect(guest.memoryBytes()).to.equal(2 * 65_536);
  });

  it('reaches the upper half of a memory beyond 2 GiB', () => {
    const large = `(module ${RANDOM} (memory (export "memory") 32769)
      (func (export "go") (result i32)
        (drop (call $random (i32.const 0x80000010) (i32.const 8)))
        (i32.load8_u (i32.const 0x80000017))))`;
    const guest = bindWat(large, recordingHost(), 'reactor', { go: [] });
    expect(guest.invoke('go', [])).to.equal(7);
  });

  it('traps imports that were declared with other types', () => {
    const params = `(module
      (import "wasi_snapshot_preview1" "fd_close" (func $close (param i64) (result i32)))
      (func (export "go") (result i32) (call $close (i64.const 1))))`;
    const withParams = bindWat(params, recordingHost(), 'reactor', { go: [] });
    expect(() => withParams.invoke('go', [])).to.throw(GuestTrap, 'fd_close');
    const results = `(module
      (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i64)))
      (func (export "go") (result i32) (i32.wrap_i64 (call $close (i32.const 1)))))`;
    const withResults = bindWat(results, recordingHost(), 'reactor', { go: [] });
    expect(() => withResults.invoke('go', [])).to.throw(GuestTrap);
  });

  it('turns an exception that nobody catches into a trap', () => {
    const throwing = `(module (tag $oops)
      (func (export "go") (result i32) (throw $oops)))`;
    const guest = bindWat(throwing, recordingHost(), 'reactor', { go: [] });
    expect(() => guest.invoke('go', [])).to.throw(GuestTrap, 'exception');
  });

  it('lets an endless recursion through as the RangeError that it is', () => {
    const recursive = '(module (func $go (export "go") (result i32) (call $go)))';
    const guest = bindWat(recursive, recordingHost(), 'reactor', { go: [] });
    expect(() => guest.invoke('go', [])).to.throw(RangeError);
  });

  it('names the initial file that cannot be made', () => {
    const none = new Uint8Array(0);
    for (const files of [{ '../out': none }, { a: none, 'a/b': none }, { '.': none }]) {
      expect(() => bindWat('(module)', recordingHost({ files }))).to.throw(
        BadArguments,
        'wasi.files',
      );
    }
    const twice = { 'a//b': none, 'a/b': none };
    expect(() => bindWat('(module)', recordingHost({ files: twice }))).to.throw(BadArguments);
  });

  it('refuses to bind nothing', () => {
    expect(() => bindWasi(wasiFacts('reactor'), [], recordingHost())).to.throw(GuestTrap);
  });
});
