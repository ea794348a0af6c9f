import { expect } from 'chai';
import { HostResultError } from '../../workers/abi/component/host-imports.ts';
import { GuestError, GuestExit, GuestTrap, PayloadTooLarge } from '../../workers/guest-failure.ts';
import { BASE, bindText, OPTIONS, thrownBy } from './component-guest.ts';

/** Passes a string to `host`, which answers with a result. */
const FALLIBLE = `(component
  (type $result (result u32 (error string)))
  (import "test:host/api@1.2.3" (instance $api
    (type $result (result u32 (error string)))
    (export "measure-it" (func (param "s" string) (result $result)))))
  ${BASE}
  (alias export $api "measure-it" (func $measure))
  (core func $low (canon lower (func $measure) ${OPTIONS}))
  (core module $M (import "" "measure" (func $measure (param i32 i32 i32)))
    (func (export "f") (param i32 i32) (result i32)
      (call $measure (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16)))
  (core instance $m (instantiate $M (with "" (instance (export "measure" (func $low))))))
  (alias core export $m "f" (core func $f))
  (func $lifted (param "s" string) (result $result)
    (canon lift (core func $f) ${OPTIONS}))
  (instance $exported (export "try-it" (func $lifted)))
  (export "test:guest/run@0.2.7" (instance $exported))
  (export "plain-name" (func $lifted)))`;

describe('the functions of a component', () => {
  it('give the ok value and throw the error value, and the guest lives on', async () => {
    const guest = await bindText(FALLIBLE, {
      'test:host/api@1.2.3#measure-it': (text) => {
        if (text === 'bad') throw new HostResultError('it was bad');
        return String(text).length;
      },
    });
    expect(guest.invoke('plain-name', ['four'])).to.equal(4);
    const thrown = thrownBy(() => guest.invoke('plain-name', ['bad']));
    expect(thrown).to.be.instanceOf(GuestError);
    expect((thrown as GuestError).payload).to.equal('it was bad');
    expect(guest.invoke('plain-name', ['again'])).to.equal(5);
  });

  it('are found by full name, in camel case, and by the first parts of their version', async () => {
    const guest = await bindText(FALLIBLE, { 'test:host/api@1.2.3#measure-it': () => 1 });
    const names = [
      'plainName',
      'test:guest/run@0.2.7#try-it',
      'test:guest/run@0.2.7#tryIt',
      'test:guest/run@0.2#try-it',
      'test:guest/run@0.2#tryIt',
      'test:guest/run#try-it',
    ];
    for (const name of names) expect(guest.invoke(name, ['x'])).to.equal(1);
    for (const name of ['test:guest/run@0.3#try-it', 'test:guest/run@0.2.70#try-it', 'try-it']) {
      expect(thrownBy(() => guest.invoke(name, ['x'])).message).to.match(/no export/);
    }
  });

  it('P3 · do not link while an import is served by nobody, and the import is named', async () => {
    const thrown = await bindText(FALLIBLE).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(thrown).to.be.instanceOf(GuestTrap);
    expect((thrown as Error).message).to.include('test:host/api@1.2.3#measure-it');
  });

  it('do not let an answer of the wrong shape into the guest', async () => {
    const guest = await bindText(FALLIBLE, { 'test:host/api@1.2.3#measure-it': () => 'four' });
    const thrown = thrownBy(() => guest.invoke('plain-name', ['four']));
    expect(thrown).to.be.instanceOf(GuestTrap);
    expect(thrown.message).to.include("host's answer to test:host/api@1.2.3#measure-it.val");
  });

  it('refuse arguments above the payload limit before the guest is entered', async () => {
    const guest = await bindText(FALLIBLE, { 'test:host/api@1.2.3#measure-it': () => 1 }, 100);
    const thrown = thrownBy(() => guest.invoke('plain-name', ['ä'.repeat(60)]));
    expect(thrown).to.be.instanceOf(PayloadTooLarge);
    expect((thrown as PayloadTooLarge).field).to.equal('args[0]');
    expect(guest.invoke('plain-name', ['ä'.repeat(40)])).to.equal(1);
  });

  it('have their post-return called once per call, after the result was read', async () => {
    const guest = await bindText(`(component ${BASE}
      (core module $M (import "" "memory" (memory 1))
        (global $calls (mut i32) (i32.const 0))
        (data (i32.const 64) "text")
        (func (export "f") (result i32)
          (i32.store8 (i32.const 64) (i32.const 116))
          (i32.store (i32.const 16) (i32.const 64)) (i32.store (i32.const 20) (i32.const 4))
          (i32.const 16))
        (func (export "post") (param i32)
          (i32.store8 (i32.const 64) (i32.const 33))
          (global.set $calls (i32.add (global.get $calls) (i32.div_u (local.get 0) (i32.const 16)))))
        (func (export "calls") (result i32) (global.get $calls)))
      (core instance $m (instantiate $M (with "" (instance $base))))
      (alias core export $m "f" (core func $f))
      (alias core export $m "post" (core func $post))
      (alias core export $m "calls" (core func $calls))
      (func (export "f") (result string)
        (canon lift (core func $f) ${OPTIONS} (post-return (core func $post))))
      (func (export "calls") (result u32) (canon lift (core func $calls))))`);
    expect(guest.invoke('f', [])).to.equal('text');
    expect(guest.invoke('f', [])).to.equal('text');
    expect(guest.invoke('calls', [])).to.equal(2);
  });
});

/** A command that returns the given result, or whose import throws. */
function command(result: 0 | 1): string {
  return `(component
    (import "test:host/exit@0.1.0" (instance $exit (export "maybe" (func))))
    (alias export $exit "maybe" (func $maybe))
    (core func $low (canon lower (func $maybe)))
    (core module $M (import "" "maybe" (func $maybe))
      (func (export "run") (result i32) (call $maybe) (i32.const ${result})))
    (core instance $m (instantiate $M (with "" (instance (export "maybe" (func $low))))))
    (alias core export $m "run" (core func $run))
    (type $r (result))
    (func $lifted (result $r) (canon lift (core func $run)))
    (instance $i (export "run" (func $lifted)))
    (export "wasi:cli/run@0.2.3" (instance $i)))`;
}

describe('a command', () => {
  const maybe = 'test:host/exit@0.1.0#maybe';

  it('ends with 0 for ok, 1 for an error, and the code that it exits with', async () => {
    expect((await bindText(command(0), { [maybe]: () => undefined })).run?.()).to.equal(0);
    expect((await bindText(command(1), { [maybe]: () => undefined })).run?.()).to.equal(1);
    const exiting = await bindText(command(0), {
      [maybe]: () => {
        throw new GuestExit(42);
      },
    });
    expect(exiting.run?.()).to.equal(42);
  });

  it('is only what exports wasi:cli/run', async () => {
    const guest = await bindText(FALLIBLE, { 'test:host/api@1.2.3#measure-it': () => 1 });
    expect(guest.run).to.equal(undefined);
  });
});

describe('nested components', () => {
  it('call each other through their own memories', async () => {
    const guest = await bindText(`(component
      (component $Inner
        ${BASE}
        (core module $M (import "" "memory" (memory 1))
          (func (export "f") (param i32 i32) (result i32)
            (i32.store8 (local.get 0) (i32.const 74))
            (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1))
            (i32.const 16)))
        (core instance $m (instantiate $M (with "" (instance $base))))
        (alias core export $m "f" (core func $f))
        (func (export "shout") (param "s" string) (result string)
          (canon lift (core func $f) ${OPTIONS} string-encoding=utf16)))
      (component $Outer
        (import "shout" (func $shout (param "s" string) (result string)))
        ${BASE}
        (core func $low (canon lower (func $shout) ${OPTIONS}))
        (core module $M (import "" "shout" (func $shout (param i32 i32 i32)))
          (func (export "f") (param i32 i32) (result i32)
            (call $shout (local.get 0) (local.get 1) (i32.const 16)) (i32.const 16)))
        (core instance $m (instantiate $M (with "" (instance (export "shout" (func $low))))))
        (alias core export $m "f" (core func $f))
        (func (export "f") (param "s" string) (result string)
          (canon lift (core func $f) ${OPTIONS})))
      (instance $inner (instantiate $Inner))
      (alias export $inner "shout" (func $shout))
      (instance $outer (instantiate $Outer (with "shout" (func $shout))))
      (alias export $outer "f" (func $f))
      (export "f" (func $f)))`);
    expect(guest.invoke('f', ['häß'])).to.equal('Jäß');
    expect(guest.memoryBytes()).to.equal(2 * 4 * 65_536);
  });

  it('use modules, components and types of the component around them', async () => {
    const guest = await bindText(`(component
      (type $f (func (param "x" u32) (result u32)))
      (core module $Double (func (export "f") (param i32) (result i32)
        (i32.mul (local.get 0) (i32.const 2))))
      (component $Doubler
        (alias outer 1 $f (type $f))
        (alias outer 1 $Double (core module $Double))
        (core instance $d (instantiate $Double))
        (alias core export $d "f" (core func $double))
        (func (export "double") (type $f) (canon lift (core func $double))))
      (component $Twice
        (alias outer 1 $Doubler (component $Doubler))
        (instance $one (instantiate $Doubler))
        (alias export $one "double" (func $double))
        (export "double" (func $double)))
      (instance $twice (instantiate $Twice))
      (alias export $twice "double" (func $double))
      (export "double" (func $double)))`);
    expect(guest.invoke('double', [21])).to.equal(42);
  });

  it('cannot be entered again through a component that they call', async () => {
    const guest = await bindText(
      `(component
      (component $Loop
        (import "next" (func $next))
        (core func $low (canon lower (func $next)))
        (core module $M (import "" "next" (func $next)) (func (export "f") (call $next)))
        (core instance $m (instantiate $M (with "" (instance (export "next" (func $low))))))
        (alias core export $m "f" (core func $f))
        (func $self (canon lift (core func $f)))
        (core func $again (canon lower (func $self)))
        (core instance $n (instantiate $M (with "" (instance (export "next" (func $again))))))
        (alias core export $n "f" (core func $g))
        (func (export "f") (canon lift (core func $g))))
      (import "host" (func $host))
      (instance $loop (instantiate $Loop (with "next" (func $host))))
      (alias export $loop "f" (func $f))
      (export "f" (func $f)))`,
      { host: () => undefined },
    );
    expect(thrownBy(() => guest.invoke('f', [])).message).to.match(/entered again/);
  });

  it('start before they can be bound, and what their start throws is final', async () => {
    const exit = new GuestExit(9);
    const starting = bindText(
      `(component
      (import "host" (func $host))
      (core func $low (canon lower (func $host)))
      (core module $M (import "" "host" (func $host))
        (func $start (block $caught (try_table (catch_all $caught) (call $host))))
        (start $start))
      (core instance (instantiate $M (with "" (instance (export "host" (func $low)))))))`,
      {
        host: () => {
          throw exit;
        },
      },
    );
    expect(await starting.catch((thrown: unknown) => thrown)).to.equal(exit);
  });
});
