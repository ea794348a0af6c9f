import { expect } from 'chai';
import { BadArguments } from '../../workers/guest-failure.ts';
import { bindText, thrownBy } from './component-guest.ts';

/** Defines a resource whose representation is a number, and reports the last one destroyed. */
const COUNTERS = `(component
  (core module $D
    (global $last (mut i32) (i32.const 0))
    (func (export "dtor") (param i32) (global.set $last (local.get 0)))
    (func (export "last") (result i32) (global.get $last)))
  (core instance $d (instantiate $D))
  (alias core export $d "dtor" (core func $dtor))
  (alias core export $d "last" (core func $last))
  (type $counter (resource (rep i32) (dtor (core func $dtor))))
  (core func $new (canon resource.new $counter))
  (core func $drop (canon resource.drop $counter))
  (core module $M (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "value") (param i32) (result i32) (local.get 0))
    (func (export "end") (param i32) (call $drop (local.get 0)))
    (func (export "both") (param i32 i32) (call $drop (local.get 1))))
  (core instance $m (instantiate $M (with "" (instance
    (export "new" (func $new)) (export "drop" (func $drop))))))
  (alias core export $m "make" (core func $make))
  (alias core export $m "value" (core func $value))
  (alias core export $m "end" (core func $end))
  (alias core export $m "both" (core func $both))
  (export $c "counter" (type $counter))
  (type $own (own $c))
  (type $borrow (borrow $c))
  (func (export "both") (param "a" $borrow) (param "b" $own) (canon lift (core func $both)))
  (func (export "make") (param "n" u32) (result $own) (canon lift (core func $make)))
  (func (export "value") (param "c" $borrow) (result u32) (canon lift (core func $value)))
  (func (export "end") (param "c" $own) (canon lift (core func $end)))
  (func (export "last") (result u32) (canon lift (core func $last))))`;

describe('resources of a guest', () => {
  it('are numbers to callers outside, who cannot forge the representation', async () => {
    const guest = await bindText(COUNTERS);
    const handle = guest.invoke('make', [4_711]) as number;
    expect(handle).to.be.a('number').and.not.equal(4_711);
    expect(guest.invoke('value', [handle])).to.equal(4_711);
    expect(thrownBy(() => guest.invoke('value', [4_711]))).to.be.instanceOf(BadArguments);
    expect(guest.invoke('last', [])).to.equal(0);
    guest.invoke('end', [handle]);
    expect(guest.invoke('last', [])).to.equal(4_711);
    expect(thrownBy(() => guest.invoke('value', [handle]))).to.be.instanceOf(BadArguments);
  });

  it('cannot be given away and used by the same call', async () => {
    const guest = await bindText(COUNTERS);
    const handle = guest.invoke('make', [1]);
    expect(thrownBy(() => guest.invoke('both', [handle, handle]))).to.be.instanceOf(BadArguments);
    guest.invoke('both', [handle, guest.invoke('make', [2])]);
    expect(guest.invoke('value', [handle])).to.equal(1);
  });

  it('are let go of by callers outside with [resource-drop]', async () => {
    const guest = await bindText(COUNTERS);
    const handle = guest.invoke('make', [12]);
    guest.invoke('[resource-drop]counter', [handle]);
    expect(guest.invoke('last', [])).to.equal(12);
    expect(thrownBy(() => guest.invoke('value', [handle]))).to.be.instanceOf(BadArguments);
  });

  it('are destroyed by their own component when another one drops them', async () => {
    const guest = await bindText(`(component
      (component $Inner
        ${COUNTERS.slice('(component'.length, -1)})
      (instance $inner (instantiate $Inner))
      (alias export $inner "counter" (type $counter))
      (alias export $inner "make" (func $make))
      (alias export $inner "value" (func $value))
      (alias export $inner "last" (func $last))
      (core func $low-make (canon lower (func $make)))
      (core func $low-value (canon lower (func $value)))
      (core func $drop (canon resource.drop $counter))
      (core module $M
        (import "" "make" (func $make (param i32) (result i32)))
        (import "" "value" (func $value (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "f") (param i32) (result i32) (local $handle i32)
          (local.set $handle (call $make (local.get 0)))
          (call $value (local.get $handle))
          (call $drop (local.get $handle))))
      (core instance $m (instantiate $M (with "" (instance
        (export "make" (func $low-make)) (export "value" (func $low-value)) (export "drop" (func $drop))))))
      (alias core export $m "f" (core func $f))
      (func (export "f") (param "n" u32) (result u32) (canon lift (core func $f)))
      (export "last" (func $last)))`);
    expect(guest.invoke('f', [99])).to.equal(99);
    expect(guest.invoke('last', [])).to.equal(99);
  });
});
