import { expect } from 'chai';
import * as fc from 'fast-check';
import { assemble, bind } from './component-guest.ts';
import { JcoFolder, type JcoFunction } from './component-jco.ts';

const RUNS = Number(process.env['FC_RUNS'] ?? 100);

/** A resource with all that WIT can give it; `alive` counts those that were not destroyed. */
const THINGS = `(component
  (core module $D
    (global $alive (mut i32) (i32.const 0))
    (func (export "born") (global.set $alive (i32.add (global.get $alive) (i32.const 1))))
    (func (export "dtor") (param i32) (global.set $alive (i32.sub (global.get $alive) (i32.const 1))))
    (func (export "alive") (result i32) (global.get $alive)))
  (core instance $d (instantiate $D))
  (alias core export $d "dtor" (core func $dtor))
  (type $thing (resource (rep i32) (dtor (core func $dtor))))
  (core func $new (canon resource.new $thing))
  (core func $rep (canon resource.rep $thing))
  (core func $drop (canon resource.drop $thing))
  (core module $M
    (import "" "born" (func $born))
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "rep" (func $rep (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func $make (export "make") (param i32) (result i32) (call $born) (call $new (local.get 0)))
    (func (export "get") (param i32) (result i32) (local.get 0))
    (func (export "plus") (param i32 i32) (result i32)
      (call $make (i32.add (local.get 0) (local.get 1))))
    (func (export "merge") (param i32 i32) (result i32) (local $sum i32)
      (local.set $sum (i32.add (call $rep (local.get 0)) (call $rep (local.get 1))))
      (call $drop (local.get 0))
      (call $drop (local.get 1))
      (call $make (local.get $sum))))
  (core instance $m (instantiate $M (with "" (instance
    (export "born" (func $d "born")) (export "new" (func $new))
    (export "rep" (func $rep)) (export "drop" (func $drop))))))
  (component $Shim
    (import "thing" (type $thing (sub resource)))
    (import "make" (func $make (param "n" u32) (result (own $thing))))
    (import "get" (func $get (param "self" (borrow $thing)) (result u32)))
    (import "plus" (func $plus (param "self" (borrow $thing)) (param "other" (borrow $thing)) (result (own $thing))))
    (import "merge" (func $merge (param "a" (own $thing)) (param "b" (own $thing)) (result (own $thing))))
    (import "alive" (func $alive (result u32)))
    (export $t "thing" (type $thing))
    (export "[constructor]thing" (func $make) (func (param "n" u32) (result (own $t))))
    (export "[method]thing.get" (func $get) (func (param "self" (borrow $t)) (result u32)))
    (export "[method]thing.plus" (func $plus)
      (func (param "self" (borrow $t)) (param "other" (borrow $t)) (result (own $t))))
    (export "[static]thing.merge" (func $merge)
      (func (param "a" (own $t)) (param "b" (own $t)) (result (own $t))))
    (export "alive" (func $alive)))
  (func $make (param "n" u32) (result (own $thing)) (canon lift (core func $m "make")))
  (func $get (param "self" (borrow $thing)) (result u32) (canon lift (core func $m "get")))
  (func $plus (param "self" (borrow $thing)) (param "other" (borrow $thing)) (result (own $thing))
    (canon lift (core func $m "plus")))
  (func $merge (param "a" (own $thing)) (param "b" (own $thing)) (result (own $thing))
    (canon lift (core func $m "merge")))
  (func $alive (result u32) (canon lift (core func $d "alive")))
  (instance $things (instantiate $Shim
    (with "thing" (type $thing)) (with "make" (func $make)) (with "get" (func $get))
    (with "plus" (func $plus)) (with "merge" (func $merge)) (with "alive" (func $alive))))
  (export "test:things/things" (instance $things)))`;

/** What is done with resources; the numbers choose among those that were made. */
type Step = readonly [name: 'make' | 'get' | 'plus' | 'merge' | 'drop', a: number, b: number];

/** One side: things are handles here and objects there. */
interface Things {
  make(n: number): unknown;
  get(thing: unknown): unknown;
  plus(thing: unknown, other: unknown): unknown;
  merge(a: unknown, b: unknown): unknown;
  drop(thing: unknown): void;
  alive(): unknown;
}

function ours(bytes: Uint8Array): Things {
  const guest = bind(bytes);
  const call = (name: string, ...args: unknown[]): unknown =>
    guest.invoke(`test:things/things#${name}`, args);
  return {
    make: (n) => call('[constructor]thing', n),
    get: (thing) => call('[method]thing.get', thing),
    plus: (thing, other) => call('[method]thing.plus', thing, other),
    merge: (a, b) => call('[static]thing.merge', a, b),
    drop: (thing) => void call('[resource-drop]thing', thing),
    alive: () => call('alive'),
  };
}

interface JcoThing extends Disposable {
  get(): number;
  plus(other: unknown): unknown;
}

interface JcoThings {
  readonly Thing: { new (n: number): JcoThing; merge(a: unknown, b: unknown): unknown };
  readonly alive: JcoFunction;
}

function theirs({ Thing, alive }: JcoThings): Things {
  return {
    make: (n) => new Thing(n),
    get: (thing) => (thing as JcoThing).get(),
    plus: (thing, other) => (thing as JcoThing).plus(other),
    merge: (a, b) => Thing.merge(a, b),
    drop: (thing) => (thing as JcoThing)[Symbol.dispose](),
    alive: () => alive(),
  };
}

/** Does the steps; a thing that was given away or dropped is used again now and then. */
function traceOf(side: Things, steps: readonly Step[]): unknown[] {
  const things: unknown[] = [];
  const attempt = (act: () => unknown): unknown => {
    try {
      return act();
    } catch {
      return 'refused';
    }
  };
  const at = (index: number): unknown => things[index % things.length];
  return steps.map(([name, a, b]) => {
    if (name === 'make' || things.length === 0) return things.push(side.make(a)) - 1;
    const outcome = attempt(() => {
      if (name === 'get' || name === 'drop') return side[name](at(a));
      return things.push(side[name](at(a), at(b))) - 1;
    });
    return [outcome, outcome === 'refused' ? undefined : side.alive()];
  });
}

/** Steps that use no thing after it is gone: about those the two differ in how they refuse. */
function honest(steps: readonly Step[]): Step[] {
  const gone = new Set<number>();
  let made = 0;
  return steps.filter(([name, a, b]) => {
    if (name === 'make' || made === 0) {
      made++;
      return true;
    }
    const [one, other] = [a % made, b % made];
    if (gone.has(one)) return false;
    const isPair = name === 'plus' || name === 'merge';
    if (isPair && (gone.has(other) || (name === 'merge' && one === other))) return false;
    if (name === 'drop' || name === 'merge') gone.add(one);
    if (name === 'merge') gone.add(other);
    if (isPair) made++;
    return true;
  });
}

describe('resources beside jco', () => {
  it('are made, borrowed, given away and destroyed alike, by any sequence of calls', async function () {
    this.timeout(60_000);
    await using folder = await JcoFolder.open();
    const bytes = await assemble(THINGS);
    const transpiled = await folder.transpile(bytes);
    const step = fc.tuple(
      fc.constantFrom('make', 'get', 'plus', 'merge', 'drop'),
      // Not 0: jco takes a resource that its guest represents by that for one that is gone.
      fc.integer({ min: 1, max: 1_000 }),
      fc.nat(1_000),
    ) as fc.Arbitrary<Step>;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const exports = transpiled.instantiate()['test:things/things'] as JcoThings;
        const wanted = honest(steps);
        const trace = traceOf(ours(bytes), wanted);
        expect(trace).to.deep.equal(traceOf(theirs(exports), wanted));
        expect(JSON.stringify(trace)).not.to.include('refused');
      }),
      { numRuns: RUNS },
    );
  });

  it('that are gone are refused by both', async () => {
    await using folder = await JcoFolder.open();
    const bytes = await assemble(THINGS);
    const transpiled = await folder.transpile(bytes);
    const exports = transpiled.instantiate()['test:things/things'] as JcoThings;
    const again: readonly Step[] = [
      ['make', 1, 0],
      ['make', 2, 0],
      ['merge', 0, 1],
      ['get', 0, 0],
    ];
    for (const side of [ours(bytes), theirs(exports)]) {
      expect(traceOf(side, again)).to.deep.equal([0, 1, [2, 1], ['refused', undefined]]);
    }
  });
});
