import { expect } from 'chai';
import { readCoreModule } from '../../lib/wasm/core-module-reader.ts';
import { wat } from '../guests/guest-file.ts';
import { thrownBy } from '../thrown.ts';
import { coreModule, section } from './core-bytes.ts';

const MEMORY = section(5, 1, 0, 1);
const TYPES = section(1, 1, 0x60, 0, 0);

describe('the core module reader', () => {
  it('reports imports, exports and their signatures', () => {
    const facts = readCoreModule(
      wat(`(module
        (import "a" "f" (func (param i32 i64) (result f32)))
        (import "a" "g" (global i32))
        (import "a" "m" (memory 1 2))
        (import "a" "t" (table 1 externref))
        (func (export "h") (param f64 externref) (result i64 funcref) unreachable)
        (export "f again" (func 0)) (export "g again" (global 0)))`),
    );
    expect(
      facts.imports.map(({ module, name, kind }) => `${module}.${name} ${kind}`),
    ).to.deep.equal(['a.f function', 'a.g global', 'a.m memory', 'a.t table']);
    expect(facts.imports[0]?.signature).to.deep.equal({ params: ['i32', 'i64'], results: ['f32'] });
    expect(facts.imports[2]?.limits).to.include({ minimum: 1, maximum: 2, is64: false });
    expect(facts.exports).to.deep.equal([
      {
        name: 'h',
        kind: 'function',
        index: 1,
        signature: { params: ['f64', 'externref'], results: ['i64', 'funcref'] },
      },
      { name: 'f again', kind: 'function', index: 0, signature: facts.imports[0]?.signature },
      { name: 'g again', kind: 'global', index: 0 },
    ]);
    expect(facts.memories).to.deep.equal([]);
  });

  it('counts without looking inside', () => {
    const facts = readCoreModule(
      wat(`(module (table 2 funcref) (memory 1) (global i32 (i32.const 1))
        (func $f) (func $s) (start $s) (elem (i32.const 0) $f $s) (elem func $f $f $f)
        (elem declare func $f) (elem funcref (ref.func $f)) (data "abc") (data (i32.const 0) "d"))`),
    );
    expect(facts.hasStart).to.equal(true);
    expect(facts.counts).to.deep.equal({
      types: 1,
      functions: 2,
      globals: 1,
      tags: 0,
      elementSegments: 4,
      passiveElements: 4,
      dataSegments: 2,
    });
  });

  it('names the features it sees', () => {
    const text = '(module (memory i64 1) (tag) (table 1 funcref) (table 1 funcref))';
    expect(readCoreModule(wat(text)).features).to.deep.equal([
      'memory64',
      'multi-table',
      'exceptions',
    ]);
    const two = coreModule(section(5, 2, 0, 1, 0, 1));
    expect(readCoreModule(two).features).to.deep.equal(['multi-memory']);
  });

  it('keeps hostile names as data', () => {
    const names = ['__proto__', 'constructor', "'; process.exit(); '", '\u2028', ''];
    const escaped = (name: string): string =>
      [...new TextEncoder().encode(name)]
        .map((byte) => `\\${byte.toString(16).padStart(2, '0')}`)
        .join('');
    const items = names.map((name) => `(export "${escaped(name)}" (func $f))`);
    const facts = readCoreModule(wat(`(module (func $f) ${items.join(' ')})`));
    expect(facts.exports.map(({ name }) => name)).to.deep.equal(names);
  });

  const refusals: readonly [title: string, bytes: Uint8Array, feature: string][] = [
    ['a shared memory', coreModule(section(5, 1, 3, 1, 1)), 'shared memory'],
    ['a shared table', coreModule(section(4, 1, 0x70, 3, 1, 1)), 'shared table'],
    ['a custom page size', coreModule(section(5, 1, 8, 1, 0)), 'custom page sizes'],
    ['a struct type', coreModule(section(1, 1, 0x5f, 0)), 'gc'],
    ['an array type', coreModule(section(1, 1, 0x5e, 0x7f, 0)), 'gc'],
    ['a recursive group', coreModule(section(1, 1, 0x4e, 1, 0x60, 0, 0)), 'gc'],
    ['a sub type', coreModule(section(1, 1, 0x50, 0, 0x60, 0, 0)), 'gc'],
    ['a continuation type', coreModule(section(1, 2, 0x60, 0, 0, 0x5d, 0)), 'stack switching'],
    ['a table of any references', coreModule(section(4, 1, 0x6e, 0, 1)), 'gc'],
    ['a table of exceptions', coreModule(section(4, 1, 0x69, 0, 1)), 'gc'],
  ];
  for (const [title, bytes, feature] of refusals) {
    it(`refuses ${title} by the feature's name`, () => {
      const error = thrownBy(() => readCoreModule(bytes));
      expect(error.code).to.equal('VALIDATION_ERROR');
      expect(error.details['feature']).to.equal(feature);
    });
  }

  it('admits typed references to functions, which allocate nothing', () => {
    const bytes = coreModule(TYPES, section(4, 1, 0x63, 0, 1, 1, 2));
    expect(WebAssembly.validate(bytes)).to.equal(true);
    expect(readCoreModule(bytes).tables[0]).to.include({ minimum: 1, maximum: 2 });
  });

  it('reads a table with an initial value', () => {
    const bytes = coreModule(section(4, 1, 0x40, 0, 0x70, 0, 3, 0xd0, 0x70, 0x0b));
    expect(WebAssembly.validate(bytes)).to.equal(true);
    expect(readCoreModule(bytes).tables[0]).to.include({ minimum: 3 });
  });

  const broken: readonly [title: string, bytes: Uint8Array][] = [
    ['a repeated section', coreModule(MEMORY, MEMORY)],
    ['a misplaced section', coreModule(MEMORY, TYPES)],
    ['an unknown section', coreModule(section(99))],
    ['a section beyond the end', coreModule([5, 100, 1])],
    ['a section that is not filled', coreModule(section(5, 1, 0, 1, 0))],
    ['more items than bytes', coreModule(section(5, 0xff, 0xff, 0xff, 0xff, 0x0f))],
    ['more pages than 32 bits address', coreModule(section(5, 1, 0, 0x81, 0x80, 4))],
    ['a minimum of 2^32 pages', coreModule(section(5, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x10))],
    ['a maximum below the minimum', coreModule(section(5, 1, 1, 2, 1))],
    ['a name that is not UTF-8', coreModule(section(2, 1, 1, 0xff, 0, 2, 0, 1))],
    ['an import of a type that is not there', coreModule(section(2, 1, 0, 0, 0, 5))],
    ['an export of a function that is not there', coreModule(section(7, 1, 0, 0, 9))],
    ['a number that never ends', coreModule([5, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80])],
  ];
  for (const [title, bytes] of broken) {
    it(`calls ${title} malformed, as the engine does`, () => {
      expect(WebAssembly.validate(bytes)).to.equal(false);
      expect(thrownBy(() => readCoreModule(bytes)).code).to.equal('WASM_RUNTIME_ERROR');
    });
  }

  it('refuses to remember more exports than a module has use for', () => {
    const count = 60_000;
    const content = [0xe0, 0xd4, 3, ...Array.from({ length: count }, () => [0, 0, 0]).flat()];
    const size = [
      (content.length & 0x7f) | 0x80,
      ((content.length >> 7) & 0x7f) | 0x80,
      content.length >> 14,
    ];
    const bytes = coreModule(TYPES, section(3, 1, 0), [7, ...size, ...content]);
    const error = thrownBy(() => readCoreModule(bytes));
    expect(error.code).to.equal('VALIDATION_ERROR');
    expect(error.details).to.include({ what: 'exports', count, limit: 50_000 });
  });
});
