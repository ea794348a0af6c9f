import { expect } from 'chai';
import { HostResource } from '../../workers/abi/component/host-imports.ts';
import { GuestTrap } from '../../workers/guest-failure.ts';
import { bindText, OPTIONS, thrownBy } from './component-guest.ts';

/** A component whose allocator and post-return are the given code; both can call the host. */
function callingFrom(place: { realloc?: string; post?: string; start?: string }): string {
  return `(component
    (import "host" (func $host))
    (import "text" (func $text (result string)))
    (core func $low (canon lower (func $host)))
    (core module $M
      (import "" "host" (func $host))
      (memory (export "memory") 1)
      (func $start ${place.start ?? ''})
      (start $start)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        ${place.realloc ?? ''} (i32.const 1024))
      (func (export "post") (param i32) ${place.post ?? ''})
      (func (export "f") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1))
        (i32.const 16)))
    (core instance $m (instantiate $M (with "" (instance (export "host" (func $low))))))
    (alias core export $m "memory" (core memory $memory))
    (alias core export $m "realloc" (core func $realloc))
    (alias core export $m "post" (core func $post))
    (alias core export $m "f" (core func $f))
    (core func $low-text (canon lower (func $text) ${OPTIONS}))
    (core module $N (import "" "text" (func $text (param i32)))
      (func (export "g") (call $text (i32.const 32))))
    (core instance $n (instantiate $N (with "" (instance (export "text" (func $low-text))))))
    (alias core export $n "g" (core func $g))
    (func (export "echo") (param "s" string) (result string)
      (canon lift (core func $f) ${OPTIONS} (post-return (core func $post))))
    (func (export "fetch") (canon lift (core func $g))))`;
}

const CALL = '(call $host)';
const QUIET_CALL = '(block $caught (try_table (catch_all $caught) (call $host)))';

describe('a component that calls out when it must not', () => {
  it('is lost before the host hears of it, also if it catches what it is thrown', async () => {
    const places = [
      [{ realloc: CALL }, 'echo', ['text']],
      [{ realloc: QUIET_CALL }, 'echo', ['text']],
      [{ realloc: CALL }, 'fetch', []],
      [{ realloc: QUIET_CALL }, 'fetch', []],
      [{ post: CALL }, 'echo', ['text']],
      [{ post: QUIET_CALL }, 'echo', ['text']],
    ] as const;
    for (const [place, name, args] of places) {
      let calls = 0;
      const guest = await bindText(callingFrom(place), {
        host: () => void calls++,
        text: () => 'text',
      });
      const thrown = thrownBy(() => guest.invoke(name, args));
      expect(thrown).to.be.instanceOf(GuestTrap);
      expect(thrown.message).to.match(/called out while it must not/);
      expect(thrownBy(() => guest.invoke('fetch', []))).to.equal(thrown);
      expect(calls).to.equal(0);
    }
  });

  it('is lost when its allocator or post-return traps', async () => {
    for (const place of [{ realloc: '(unreachable)' }, { post: '(unreachable)' }]) {
      const functions = { host: () => undefined, text: () => 'text' };
      const guest = await bindText(callingFrom(place), functions);
      const thrown = thrownBy(() => guest.invoke('echo', ['text']));
      expect(thrown).to.be.instanceOf(WebAssembly.RuntimeError);
      expect(thrownBy(() => guest.invoke('fetch', []))).to.equal(thrown);
    }
  });

  it('may call out from its start function, before it is bound', async () => {
    let calls = 0;
    const functions = { host: () => void calls++, text: () => 'text' };
    const guest = await bindText(callingFrom({ start: CALL }), functions);
    expect(calls).to.equal(1);
    expect(guest.invoke('echo', ['text'])).to.equal('text');
  });
});

describe('an allocator of a component', () => {
  /** The host's answer goes through an allocator of any signature and body. */
  const fetching = (signature: string, body: string): string => `(component
    (import "text" (func $text (result string)))
    (core module $M (memory (export "memory") 1) (func (export "realloc") ${signature} ${body}))
    (core instance $m (instantiate $M))
    (alias core export $m "memory" (core memory $memory))
    (alias core export $m "realloc" (core func $realloc))
    (core func $low (canon lower (func $text) ${OPTIONS}))
    (core module $N (import "" "text" (func $text (param i32)))
      (func (export "g") (call $text (i32.const 32))))
    (core instance $n (instantiate $N (with "" (instance (export "text" (func $low))))))
    (alias core export $n "g" (core func $g))
    (func (export "fetch") (canon lift (core func $g))))`;

  it('whose signature or answer is another one ends the guest in a trap of ours', async () => {
    const lies = [
      ['(param i64 i32 i32 i32) (result i32)', '(i32.const 64)'],
      ['(param funcref i32 i32 i32) (result i32)', '(i32.const 64)'],
      ['(param i32 i32 i32 i32) (result i64)', '(i64.const 64)'],
      ['(param i32 i32 i32 i32) (result externref)', '(ref.null extern)'],
      ['(param i32 i32 i32 i32) (result i32 i32)', '(i32.const 64) (i32.const 64)'],
      ['(param i32 i32 i32 i32)', ''],
      ['(param i32 i32 i32 i32) (result i32)', '(i32.const 65533)'],
      ['(param i32 i32 i32 i32) (result i32)', '(i32.const -1)'],
      ['(param i32 i32 i32 i32) (result f64)', '(f64.const nan) (drop) (f64.const 1e300)'],
    ] as const;
    for (const [signature, body] of lies) {
      const guest = await bindText(fetching(signature, body), { text: () => 'four' });
      const run = (): unknown => guest.invoke('fetch', []);
      if (signature.endsWith('f64)')) {
        // Whatever number it is, it is taken modulo 2^32, which is in bounds here.
        run();
        continue;
      }
      const thrown = thrownBy(run);
      expect(thrown, signature).to.be.instanceOf(GuestTrap);
      expect(thrownBy(run)).to.equal(thrown);
    }
  });

  it('cannot be the host itself', async () => {
    let calls = 0;
    const guest = await bindText(
      `(component
        (import "host" (func $host
          (param "a" u32) (param "b" u32) (param "c" u32) (param "d" u32) (result u32)))
        (core module $M (memory (export "memory") 1) (func (export "f") (param i32 i32)))
        (core instance $m (instantiate $M))
        (alias core export $m "memory" (core memory $memory))
        (alias core export $m "f" (core func $f))
        (core func $realloc (canon lower (func $host)))
        (func (export "f") (param "s" string) (canon lift (core func $f) ${OPTIONS})))`,
      { host: () => ++calls },
    );
    expect(thrownBy(() => guest.invoke('f', ['text'])).message).to.match(/must not/);
    expect(calls).to.equal(0);
  });
});

/** A resource of the guest whose destructor is the given code. */
function destroying(destructor: string): string {
  return `(component
    (import "host" (func $host))
    (core func $low (canon lower (func $host)))
    (core module $Table (table (export "t") 2 funcref))
    (core instance $table (instantiate $Table))
    (core module $D (import "" "t" (table 2 funcref)) (import "host" "host" (func $host))
      (type $one (func (param i32))) (type $make (func (param i32) (result i32)))
      (func (export "dtor") (param i32) ${destructor}))
    (core instance $d (instantiate $D (with "" (instance $table)) (with "host" (instance
      (export "host" (func $low))))))
    (alias core export $d "dtor" (core func $dtor))
    (type $r (resource (rep i32) (dtor (core func $dtor))))
    (core func $new (canon resource.new $r))
    (core func $drop (canon resource.drop $r))
    (core module $Fill (import "" "t" (table 2 funcref))
      (import "f" "new" (func $new (param i32) (result i32)))
      (import "f" "drop" (func $drop (param i32)))
      (elem (i32.const 0) func $new $drop)
      (func (export "f") (call $drop (call $new (i32.const 1)))))
    (core instance $fill (instantiate $Fill (with "" (instance $table)) (with "f" (instance
      (export "new" (func $new)) (export "drop" (func $drop))))))
    (alias core export $fill "f" (core func $f))
    (func (export "f") (canon lift (core func $f))))`;
}

describe('a destructor of a component', () => {
  it('may call the host', async () => {
    let calls = 0;
    const guest = await bindText(destroying('(call $host)'), { host: () => void calls++ });
    guest.invoke('f', []);
    guest.invoke('f', []);
    expect(calls).to.equal(2);
  });

  it('that drops the handle which is being dropped ends the guest', async () => {
    const again = '(call_indirect (type $one) (i32.const 1) (i32.const 1))';
    const guest = await bindText(destroying(again), { host: () => undefined });
    expect(thrownBy(() => guest.invoke('f', [])).message).to.match(/unknown handle 1/);
  });

  it('that makes and drops another for ever overflows its own stack and is lost', async () => {
    const endless = `(block $caught (try_table (catch_all $caught)
      (call_indirect (type $one)
        (call_indirect (type $make) (i32.const 1) (i32.const 0)) (i32.const 1))))`;
    const guest = await bindText(destroying(endless), { host: () => undefined });
    const thrown = thrownBy(() => guest.invoke('f', []));
    expect(thrown instanceof RangeError || thrown instanceof GuestTrap).to.equal(true);
    expect(thrownBy(() => guest.invoke('f', []))).to.equal(thrown);
  });
});

describe('a component at the end of its stack', () => {
  it('P19 · cannot go on after a call of the host that was cut short', async () => {
    class Thing extends HostResource {}
    let begun = 0;
    let ended = 0;
    const deep = (left: number): number => (left === 0 ? 0 : 1 + deep(left - 1));
    const guest = await bindText(
      `(component
        (import "test:host/api" (instance $api
          (export "thing" (type $thing (sub resource)))
          (type $own (own $thing)) (type $borrow (borrow $thing))
          (export "open" (func (result $own)))
          (export "use" (func (param "t" $borrow) (result u32)))))
        (alias export $api "thing" (type $thing))
        (alias export $api "open" (func $open))
        (alias export $api "use" (func $use))
        (core func $low-open (canon lower (func $open)))
        (core func $low-use (canon lower (func $use)))
        (core module $M
          (import "" "open" (func $open (result i32)))
          (import "" "use" (func $use (param i32) (result i32)))
          (func $fall (param $thing i32)
            (block $caught (try_table (catch_all $caught) (call $fall (local.get $thing))))
            (block $also (try_table (catch_all $also)
              (drop (call $use (local.get $thing))))))
          (func (export "f") (call $fall (call $open))))
        (core instance $m (instantiate $M (with "" (instance
          (export "open" (func $low-open)) (export "use" (func $low-use))))))
        (alias core export $m "f" (core func $f))
        (func (export "f") (canon lift (core func $f))))`,
      {
        'test:host/api#open': () => new Thing(),
        'test:host/api#use': () => {
          begun++;
          deep(100);
          ended++;
          return 1;
        },
      },
    );
    let thrown: unknown;
    try {
      guest.invoke('f', []);
    } catch (error) {
      thrown = error;
    }
    if (thrown === undefined) expect(begun).to.equal(ended);
    else {
      expect(begun - ended).to.be.within(0, 1);
      expect(thrownBy(() => guest.invoke('f', []))).to.equal(thrown);
    }
  });
});
