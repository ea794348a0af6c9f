import { expect } from 'chai';
import * as fc from 'fast-check';
import { GuestExit, GuestTrap, PayloadTooLarge } from '../../workers/guest-failure.ts';
import { BASE, bindText, OPTIONS, thrownBy } from './component-guest.ts';

const RUNS = Number(process.env['FC_RUNS'] ?? 100);

/** Two numbers from the caller become what the guest claims as its result. */
function liar(
  result: string,
  coreResult: 'pointer-and-length' | 'return-pointer',
  types = '',
): string {
  const body =
    coreResult === 'return-pointer'
      ? '(local.get 0)'
      : '(i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16)';
  return `(component ${types} ${BASE}
    (core module $Main (import "" "memory" (memory 1))
      (func (export "f") (param i32 i32) (result i32) ${body}))
    (core instance $main (instantiate $Main (with "" (instance $base))))
    (alias core export $main "f" (core func $f))
    (func (export "f") (param "p" u32) (param "n" u32) (result ${result})
      (canon lift (core func $f) ${OPTIONS} (post-return (core func $post)))))`.replace(
    '(core instance $main',
    `(core module $Post (func (export "post") (param i32)))
     (core instance $postInstance (instantiate $Post))
     (alias core export $postInstance "post" (core func $post))
     (core instance $main`,
  );
}

const edge = fc.oneof(
  fc.integer({ min: 0, max: 70_000 }),
  fc.constantFrom(0, 1, 0x3ffff, 0x40000, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);

describe('a component that lies', () => {
  it('P19 · about pointers and lengths reaches nothing outside its memory and is lost', async function () {
    this.timeout(60_000);
    const results: readonly (readonly [string, 'pointer-and-length' | 'return-pointer', string])[] =
      [
        ['string', 'pointer-and-length', ''],
        ['$t', 'pointer-and-length', '(type $t (list u64))'],
        ['$t', 'pointer-and-length', '(type $l (list u8)) (type $t (list $l))'],
        ['$t', 'return-pointer', '(type $t (tuple u64 string))'],
        ['$t', 'return-pointer', '(type $t (variant (case "a" string) (case "b" char)))'],
      ];
    for (const [result, form, types] of results) {
      const bytes = liar(result, form, types);
      await fc.assert(
        fc.asyncProperty(edge, edge, async (pointer, length) => {
          const guest = await bindText(bytes, {}, 4_096);
          let thrown: unknown;
          try {
            guest.invoke('f', [pointer, length]);
          } catch (error) {
            thrown = error;
          }
          if (thrown === undefined || thrown instanceof PayloadTooLarge) {
            expect(guest.memoryBytes()).to.equal(4 * 65_536);
            return;
          }
          expect(thrown).to.be.instanceOf(GuestTrap);
          expect(thrownBy(() => guest.invoke('f', [16, 0]))).to.equal(thrown);
        }),
        { numRuns: Math.ceil(RUNS / 5) },
      );
    }
  });

  it('about a discriminant, a char or UTF-8 traps', async () => {
    const bad = async (
      result: string,
      body: string,
      types = '',
      encoding = 'utf8',
    ): Promise<string> => {
      const guest = await bindText(`(component ${types} ${BASE}
        (core module $Main (import "" "memory" (memory 1))
          (data (i32.const 64) "\\ff\\fe") (data (i32.const 72) "\\00\\d8")
          (func (export "f") (result i32) ${body}))
        (core instance $main (instantiate $Main (with "" (instance $base))))
        (alias core export $main "f" (core func $f))
        (func (export "f") (result ${result}) (canon lift (core func $f) ${OPTIONS} string-encoding=${encoding})))`);
      const thrown = thrownBy(() => guest.invoke('f', []));
      expect(thrown).to.be.instanceOf(GuestTrap);
      return thrown.message;
    };
    const text = (pointer: number, length: number): string =>
      `(i32.store (i32.const 16) (i32.const ${pointer})) (i32.store (i32.const 20) (i32.const ${length})) (i32.const 16)`;
    expect(await bad('$e', '(i32.const 2)', '(type $e (enum "a" "b"))')).to.match(/no case 2/);
    expect(await bad('$e', '(i32.const -1)', '(type $e (enum "a" "b"))')).to.match(/no case/);
    expect(await bad('char', '(i32.const 0xd800)')).to.match(/scalar value/);
    expect(await bad('char', '(i32.const 0x110000)')).to.match(/scalar value/);
    expect(await bad('string', text(64, 2))).to.match(/not valid utf-8/);
    expect(await bad('string', text(72, 1), '', 'utf16')).to.match(/not valid utf-16/);
    expect(await bad('string', text(73, 1), '', 'utf16')).to.match(/not aligned/);
    expect(await bad('string', text(73, 1), '', 'latin1+utf16')).to.match(/not aligned/);
    expect(await bad('string', text(72, -0x7fffffff), '', 'latin1+utf16')).to.match(/utf-16/);
    expect(await bad('string', text(72, -1), '', 'utf16')).to.match(/out of bounds/);
  });

  it('with one list in another a thousand times over is stopped by the payload limit, and lives', async () => {
    const guest = await bindText(
      liar('$t', 'pointer-and-length', '(type $l (list u8)) (type $t (list $l))').replace(
        '(func (export "f")',
        `(func $fill (local $i i32)
          (loop $next
            (i32.store (i32.add (i32.const 65536) (i32.mul (local.get $i) (i32.const 8))) (i32.const 0))
            (i32.store (i32.add (i32.const 65540) (i32.mul (local.get $i) (i32.const 8))) (i32.const 65536))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $i) (i32.const 8000)))))
        (start $fill)
        (func (export "f")`,
      ),
    );
    expect(thrownBy(() => guest.invoke('f', [65_536, 8_000]))).to.be.instanceOf(PayloadTooLarge);
    expect(guest.invoke('f', [65_536, 1])).to.have.lengthOf(1);
  });

  it('to the host about its arguments never reaches it', async () => {
    let calls = 0;
    const passOn = `(component
      (import "host" (func $host (param "s" string) (result string)))
      ${BASE}
      (core func $low (canon lower (func $host) ${OPTIONS}))
      (core module $M (import "" "host" (func $host (param i32 i32 i32)))
        (func (export "f") (param i32 i32 i32)
          (call $host (local.get 0) (local.get 1) (local.get 2))))
      (core instance $m (instantiate $M (with "" (instance (export "host" (func $low))))))
      (alias core export $m "f" (core func $f))
      (func (export "f") (param "p" u32) (param "n" u32) (param "to" u32)
        (canon lift (core func $f))))`;
    const host = (): string => {
      calls++;
      return '';
    };
    const end = 4 * 65_536;
    const lies = [
      [end - 1, 2, 16],
      [0xffffffff, 1, 16],
      [0, 0xffffffff, 16],
      [0, 140_000, 16],
      [0, 0, end - 4],
      [0, 0, 17],
    ];
    for (const lie of lies) {
      const guest = await bindText(passOn, { host }, 4_096);
      const thrown = thrownBy(() => guest.invoke('f', lie));
      expect(thrown).to.be.instanceOf(GuestTrap);
      expect(thrownBy(() => guest.invoke('f', [0, 0, 16]))).to.equal(thrown);
    }
    expect(calls).to.equal(0);
    const honest = await bindText(passOn, { host }, 4_096);
    honest.invoke('f', [0, 0, 16]);
    expect(calls).to.equal(1);
  });

  it('with an allocator that answers nonsense traps before anything is written', async () => {
    for (const answer of ['(i32.const -4)', '(i32.const 65535)', '(unreachable)']) {
      const guest = await bindText(`(component
        (core module $M (memory (export "memory") 1)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) ${answer})
          (func (export "f") (param i32 i32)))
        (core instance $m (instantiate $M))
        (alias core export $m "memory" (core memory $memory))
        (alias core export $m "realloc" (core func $realloc))
        (alias core export $m "f" (core func $f))
        (func (export "f") (param "s" string) (canon lift (core func $f) ${OPTIONS})))`);
      const thrown = thrownBy(() => guest.invoke('f', ['text']));
      expect(thrown instanceof GuestTrap || thrown instanceof WebAssembly.RuntimeError).to.equal(
        true,
      );
      expect(thrownBy(() => guest.invoke('f', ['text']))).to.equal(thrown);
    }
  });

  it('about the signature of a core function traps instead of passing other values', async () => {
    const guest = await bindText(`(component
      (core module $M (func (export "f") (result i64) (i64.const 1)))
      (core instance $m (instantiate $M))
      (alias core export $m "f" (core func $f))
      (func (export "f") (result u32) (canon lift (core func $f))))`);
    expect(thrownBy(() => guest.invoke('f', []))).to.be.instanceOf(GuestTrap);
  });
});

/** Calls the host twice; whatever the first call throws is caught by the guest. */
const SWALLOWING = `(component
  (import "host" (func $host))
  (core func $low (canon lower (func $host)))
  (core module $M
    (import "" "host" (func $host))
    (func (export "f")
      (block $caught (try_table (catch_all $caught) (call $host)))
      (block $again (try_table (catch_all $again) (call $host)))))
  (core instance $m (instantiate $M (with "" (instance (export "host" (func $low))))))
  (alias core export $m "f" (core func $f))
  (func (export "f") (canon lift (core func $f))))`;

describe('a component whose host throws', () => {
  it('cannot go on by catching the exception', async () => {
    const exit = new GuestExit(3);
    let calls = 0;
    const guest = await bindText(SWALLOWING, {
      host: () => {
        calls++;
        throw exit;
      },
    });
    expect(thrownBy(() => guest.invoke('f', []))).to.equal(exit);
    expect(thrownBy(() => guest.invoke('f', []))).to.equal(exit);
    expect(calls).to.equal(1);
  });

  it('cannot be entered from inside its own call', async () => {
    let inner: unknown;
    const guest = await bindText(SWALLOWING, {
      host: () => {
        try {
          guest.invoke('f', []);
        } catch (thrown) {
          inner = thrown;
        }
      },
    });
    const thrown = thrownBy(() => guest.invoke('f', []));
    expect(thrown).to.be.instanceOf(GuestTrap).and.to.equal(inner);
    expect(thrown.message).to.match(/entered again/);
  });
});

describe('names that a component chooses', () => {
  it('mean nothing to JavaScript', async () => {
    const hostile = [
      '__proto__',
      'constructor',
      'toString',
      "a'];globalThis.PWNED=1;//",
      '${globalThis.PWNED=1}',
      '',
    ];
    for (const name of hostile) {
      const guest = await bindText(`(component
        (core module $A (func (export "${name}") (result i32) (i32.const 7)))
        (core instance $a (instantiate $A))
        (core module $B (import "${name}" "${name}" (func $f (result i32)))
          (func (export "${name}") (result i32) (call $f)))
        (core instance $b (instantiate $B (with "${name}" (instance $a))))
        (alias core export $b "${name}" (core func $f))
        (core instance $bundle (export "${name}" (func $f)))
        (core instance $c (instantiate $B (with "${name}" (instance $bundle))))
        (alias core export $c "${name}" (core func $g))
        (func (export "f") (result u32) (canon lift (core func $g))))`);
      expect(guest.invoke('f', [])).to.equal(7);
    }
    expect(Object.keys(globalThis)).to.not.include('PWNED');
    expect(Object.keys(Object.prototype)).to.deep.equal([]);
  });

  it('may be those of properties that every object inherits', async () => {
    const guest = await bindText(
      `(component
      (type $r (record (field "constructor" u8) (field "to-string" (option u8))))
      (import "host" (func $host (param "r" $r) (result $r)))
      ${BASE}
      (core func $low (canon lower (func $host) ${OPTIONS}))
      (core module $M (import "" "host" (func $host (param i32 i32 i32 i32)))
        (func (export "f") (param i32 i32 i32) (result i32)
          (call $host (local.get 0) (local.get 1) (local.get 2) (i32.const 16)) (i32.const 16)))
      (core instance $m (instantiate $M (with "" (instance (export "host" (func $low))))))
      (alias core export $m "f" (core func $f))
      (func (export "f") (param "r" $r) (result $r) (canon lift (core func $f) ${OPTIONS})))`,
      { host: (value) => value },
    );
    expect(guest.invoke('f', [{ constructor: 1 }])).to.deep.equal({
      constructor: 1,
      toString: undefined,
    });
    expect(thrownBy(() => guest.invoke('f', [{}])).message).to.match(/constructor/);
    expect(thrownBy(() => guest.invoke('toString', [])).message).to.match(/no export/);
    expect(thrownBy(() => guest.invoke('__proto__', [])).message).to.match(/no export/);
  });
});
