import { expect } from 'chai';
import * as fc from 'fast-check';
import type { ComponentGuest } from '../../workers/abi/component/bind-component.ts';
import { MAX_HANDLES } from '../../workers/abi/component/handle-table.ts';
import { HostResource } from '../../workers/abi/component/host-imports.ts';
import { BadArguments, GuestTrap } from '../../workers/guest-failure.ts';
import { BASE, bindText, OPTIONS, thrownBy } from './component-guest.ts';

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

class Thing extends HostResource implements Disposable {
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
    expect(thrown.message).to.match(/more than 262144 handles/);
  });
});

/** Hands two handles over in a list and takes a list back. */
const EXCHANGER = `(component
  (import "test:host/things@0.1.0" (instance $api
    (export "thing" (type $thing (sub resource)))
    (type $own (own $thing))
    (type $list (list $own))
    (export "open" (func (result $own)))
    (export "swap" (func (param "t" $list) (result $list)))))
  ${BASE}
  (alias export $api "open" (func $open))
  (alias export $api "swap" (func $swap))
  (core func $low-open (canon lower (func $open)))
  (core func $low-swap (canon lower (func $swap) ${OPTIONS}))
  (core module $M
    (import "" "memory" (memory 1))
    (import "host" "open" (func $open (result i32)))
    (import "host" "swap" (func $swap (param i32 i32 i32)))
    (func (export "f") (result i32)
      (i32.store (i32.const 64) (call $open))
      (i32.store (i32.const 68) (call $open))
      (call $swap (i32.const 64) (i32.const 2) (i32.const 16))
      (i32.load (i32.load (i32.const 16)))))
  (core instance $m (instantiate $M (with "" (instance $base)) (with "host" (instance
    (export "open" (func $low-open)) (export "swap" (func $low-swap))))))
  (alias core export $m "f" (core func $f))
  (func (export "f") (result u32) (canon lift (core func $f))))`;

describe('handles inside other values', () => {
  it('change hands like any others', async () => {
    const opened: Thing[] = [];
    const swapped: unknown[] = [];
    const guest = await bindText(EXCHANGER, {
      'test:host/things@0.1.0#open': () => {
        const thing = new Thing();
        opened.push(thing);
        return thing;
      },
      'test:host/things@0.1.0#swap': (things) => {
        swapped.push(...(things as unknown[]));
        return [new Thing()];
      },
    });
    expect(guest.invoke('f', [])).to.be.greaterThan(0);
    expect(swapped).to.deep.equal(opened);
    expect(swapped[0]).to.equal(opened[0]);
    expect(swapped[1]).to.equal(opened[1]);
  });
});
