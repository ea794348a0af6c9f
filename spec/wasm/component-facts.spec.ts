import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { expect } from 'chai';
import { LARGEST_LIMITS } from '../../lib/core/limits.ts';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { readComponent } from '../../lib/wasm/component-reader.ts';
import { describeModule } from '../../lib/wasm/describe-module.ts';
import { thrownBy } from '../thrown.ts';

const WORLD = `package test:guest@1.0.0;
interface api {
  resource thing { get: func() -> u32; }
  record fl32 { a: u8 }
  take: func(mine: thing, all: list<borrow<thing>>, f: fl32) -> result<thing, fl32>;
}
world w { export api; }`;

/** A function whose text is in a memory of the given kind, which two instances pass on. */
const texts = (index: string): string => `(component
  (core module $Home (memory (export "own") ${index} 1))
  (core module $Other
    (import "home" "memory" (memory ${index} 1))
    (export "again" (memory 0))
    (func (export "f") (result i32) (i32.const 16)))
  (core instance $home (instantiate $Home))
  (alias core export $home "own" (core memory $own))
  (core instance $parts (export "memory" (memory $own)))
  (core instance $other (instantiate $Other (with "home" (instance $parts))))
  (alias core export $other "again" (core memory $again))
  (core instance $more (export "last" (memory $again)))
  (alias core export $more "last" (core memory $last))
  (alias core export $other "f" (core func $f))
  (func (export "f") (result string) (canon lift (core func $f) (memory $last))))`;

describe('what is told of a component', () => {
  it('calls types by the names that they are exported under', async () => {
    const core = await componentEmbed({ dummy: true, witSource: WORLD });
    const { exports, drops } = readComponent(await componentNew(core, []));
    const api = 'test:guest/api@1.0.0';
    expect(exports).to.deep.equal([
      {
        name: `${api}#[method]thing.get`,
        kind: 'function',
        params: ['borrow<thing>'],
        results: ['u32'],
      },
      {
        name: `${api}#take`,
        kind: 'function',
        params: ['thing', 'list<borrow<thing>>', 'fl32'],
        results: ['result<thing, fl32>'],
      },
    ]);
    expect(drops).to.deep.equal([`${api}#[resource-drop]thing`]);
  });

  it('does not let a declaration of an export change how many values it takes', async () => {
    const { exports } = readComponent(
      await parse(`(component
        (core module $M (func (export "f") (param i32)))
        (core instance $m (instantiate $M))
        (alias core export $m "f" (core func $f))
        (func $g (param "a" u32) (canon lift (core func $f)))
        (export "g" (func $g) (func (param "a" u32) (param "b" u32))))`),
    );
    expect(exports[0]?.params).to.deep.equal(['u32']);
  });

  it('refuses values in a memory that is addressed by 64 bits', async () => {
    const options = { abi: 'auto' as const, ...LARGEST_LIMITS };
    const bytes = await parse(texts('i64'));
    const error = thrownBy(() => admitModule(bytes, options));
    expect(error.code).to.equal('VALIDATION_ERROR');
    expect(error.details['feature']).to.equal('memory64');
    const { refusals } = describeModule(bytes, LARGEST_LIMITS);
    expect(refusals.map(({ message }) => message)).to.include(error.message);
    expect(admitModule(await parse(texts('')), options).admitted.abi).to.equal('component');
  });

  it('says of types that are not supported where they belong', async () => {
    for (const [type, reason] of [
      ['(list u8 4)', /fixed-length list types .*proposal/],
      ['(map u8 u8)', /map types .*proposal/],
      ['(stream u8)', /stream types .*WASI 0\.3/],
    ] as const) {
      const bytes = await parse(`(component (type ${type}))`);
      const error = thrownBy(() => readComponent(bytes));
      expect(error.code).to.equal('VALIDATION_ERROR');
      expect(error.message).to.match(reason);
    }
  });
});
