import { expect } from 'chai';
import * as fc from 'fast-check';
import type { ComponentGuest } from '../../workers/abi/component/bind-component.ts';
import { MAX_HANDLES } from '../../workers/abi/component/handle-table.ts';
import { BadArguments, GuestTrap } from '../../workers/guest-failure.ts';
import { bindText, thrownBy } from './component-guest.ts';

const RUNS = Number(process.env['FC_RUNS'] ?? 100);

/** Hands its caller's numbers on as handles: the caller plays a hostile guest. */
const HOLDER = `(component
  (import "test:host/things@0.1.0" (instance $api
    (export "thing" (type $thing (sub resource)))
    (export "other" (type $other (sub resource)))
    (type $own (own $thing))
    (type $borrow (borrow $thing))
    (type $ownOther (own $other))
    (export "open" (func (result $own)))
    (export "open-other" (func (result $ownOther)))
    (export "use" (func (param "t" $borrow)))
    (export "give" (func (param "t" $own)))
    (export "both" (func (param "a" $borrow) (param "b" $own)))))
  (alias export $api "thing" (type $thing))
  (alias export $api "other" (type $other))
  ${['open', 'open-other', 'use', 'give', 'both']
    .map(
      (name) => `(alias export $api "${name}" (func $${name}))
        (core func $low-${name} (canon lower (func $${name})))`,
    )
    .join('\n')}
  (import "test:host/more@0.1.0" (instance $more
    (alias outer 1 $thing (type $outer))
    (export "thing" (type $same (eq $outer)))
    (type $borrow (borrow $same))
    (export "peek" (func (param "t" $borrow) (result u32)))))
  (alias export $more "peek" (func $peek))
  (core func $low-peek (canon lower (func $peek)))
  (core func $drop (canon resource.drop $thing))
  (core module $M
    (import "" "open" (func $open (result i32)))
    (func (export "open-many") (param $n i32)
      (loop $next
        (drop (call $open))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_if $next (local.get $n))))
    (func (export "keep") (param i32)))
  (core instance $m (instantiate $M (with "" (instance (export "open" (func $low-open))))))
  (alias core export $m "open-many" (core func $open-many))
  (alias core export $m "keep" (core func $keep))
  (type $b (borrow $thing))
  (func (export "open") (result u32) (canon lift (core func $low-open)))
  (func (export "open-many") (param "n" u32) (canon lift (core func $open-many)))
  (func (export "open-other") (result u32) (canon lift (core func $low-open-other)))
  (func (export "use") (param "h" u32) (canon lift (core func $low-use)))
  (func (export "peek") (param "h" u32) (result u32) (canon lift (core func $low-peek)))
  (func (export "give") (param "h" u32) (canon lift (core func $low-give)))
  (func (export "both") (param "a" u32) (param "b" u32) (canon lift (core func $low-both)))
  (func (export "drop") (param "h" u32) (canon lift (core func $drop)))
  (func (export "keep") (param "b" $b) (canon lift (core func $keep)))
  (func (export "let-go") (param "b" $b) (canon lift (core func $drop))))`;

class Thing implements Disposable {
  uses = 0;
  isDisposed = false;
  [Symbol.dispose](): void {
    this.isDisposed = true;
  }
}

interface Held {
  readonly guest: ComponentGuest;
  readonly things: Thing[];
  readonly given: unknown[];
}

async function holder(): Promise<Held> {
  const things: Thing[] = [];
  const given: unknown[] = [];
  const open = (): Thing => {
    const thing = new Thing();
    things.push(thing);
    return thing;
  };
  const api = 'test:host/things@0.1.0';
  const guest = await bindText(HOLDER, {
    [`${api}#open`]: open,
    [`${api}#open-other`]: () => new Thing(),
    [`${api}#use`]: (thing) => {
      (thing as Thing).uses++;
    },
    [`${api}#give`]: (thing) => {
      given.push(thing);
    },
    [`${api}#both`]: () => undefined,
    'test:host/more@0.1.0#peek': (thing) => (thing as Thing).uses,
  });
  return { guest, things, given };
}

describe('resources of the host', () => {
  it('reach the guest as numbers and come back as the same objects', async () => {
    const { guest, things, given } = await holder();
    const [one, two] = [guest.invoke('open', []), guest.invoke('open', [])];
    guest.invoke('use', [two]);
    expect(things.map((thing) => thing.uses)).to.deep.equal([0, 1]);
    guest.invoke('give', [one]);
    expect(given).to.deep.equal([things[0]]);
    expect(things[0]?.isDisposed).to.equal(false);
    guest.invoke('drop', [two]);
    expect(things[1]?.isDisposed).to.equal(true);
  });

  it('P19 · answer to no handle but those that the guest holds, whatever it tries', async () => {
    type Step = readonly ['open' | 'use' | 'give' | 'drop', number];
    const step: fc.Arbitrary<Step> = fc.tuple(
      fc.constantFrom('open', 'open', 'use', 'give', 'drop'),
      fc.oneof(fc.nat({ max: 6 }), fc.integer({ min: 0, max: 0xffffffff })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { guest, things } = await holder();
        const model = new Map<number, Thing>();
        for (const [operation, handle] of steps) {
          if (operation === 'open') {
            const fresh = guest.invoke('open', []) as number;
            expect(model.has(fresh)).to.equal(false);
            model.set(fresh, things.at(-1) as Thing);
            continue;
          }
          const thing = model.get(handle);
          if (thing === undefined) {
            expect(thrownBy(() => guest.invoke(operation, [handle]))).to.be.instanceOf(GuestTrap);
            return;
          }
          const before = thing.uses;
          guest.invoke(operation, [handle]);
          expect(thing.uses - before).to.equal(operation === 'use' ? 1 : 0);
          if (operation !== 'use') model.delete(handle);
          expect(thing.isDisposed).to.equal(operation === 'drop');
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('are the same in another interface that uses their type', async () => {
    const { guest } = await holder();
    const handle = guest.invoke('open', []);
    guest.invoke('use', [handle]);
    expect(guest.invoke('peek', [handle])).to.equal(1);
    const other = guest.invoke('open-other', []);
    expect(thrownBy(() => guest.invoke('peek', [other])).message).to.match(/is no thing/);
  });

  it('cannot be taken for resources of another type', async () => {
    const { guest } = await holder();
    const other = guest.invoke('open-other', []);
    expect(thrownBy(() => guest.invoke('use', [other])).message).to.match(/is no thing/);
  });

  it('cannot be given away while the same call borrows them', async () => {
    const { guest } = await holder();
    const handle = guest.invoke('open', []);
    const thrown = thrownBy(() => guest.invoke('both', [handle, handle]));
    expect(thrown).to.be.instanceOf(GuestTrap);
    expect(thrown.message).to.match(/lent/);
  });

  it('are lent to a call that must drop them before it returns', async () => {
    const { guest } = await holder();
    const thing = new Thing();
    guest.call('let-go', [thing]);
    guest.call('let-go', [thing]);
    expect(thing.isDisposed).to.equal(false);
    expect(thrownBy(() => guest.call('keep', [thing])).message).to.match(/not dropped/);
  });

  it('cannot be passed by callers outside', async () => {
    const { guest } = await holder();
    expect(thrownBy(() => guest.invoke('let-go', [{}]))).to.be.instanceOf(BadArguments);
  });

  it('are bounded in number', async function () {
    this.timeout(60_000);
    const { guest, things } = await holder();
    guest.invoke('open-many', [1_000]);
    expect(things.length).to.equal(1_000);
    const thrown = thrownBy(() => guest.invoke('open-many', [MAX_HANDLES]));
    expect(thrown).to.be.instanceOf(GuestTrap);
    expect(thrown.message).to.match(/more than 1048576 handles/);
  });
});

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
