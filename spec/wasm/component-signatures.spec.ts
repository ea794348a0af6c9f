import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { SERVED_INTERFACES } from '../../lib/wasm/component-interfaces.ts';
import { readComponent } from '../../lib/wasm/component-reader.ts';
import { InterfaceSignatures } from '../../lib/wasm/component-signature-notation.ts';
import { MAX_SIGNATURE_TEXT, shapeText } from '../../lib/wasm/component-type-shape.ts';
import { thrownBy } from '../thrown.ts';
import { declaring } from './declared-import.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const OPTIONS = { abi: 'auto', memoryBytes: 1_048_576, tableEntries: 100 } as const;
const SERVED = SERVED_INTERFACES.flatMap(({ key, functions }) =>
  functions
    .names()
    .map((name) => [key.replace('0.2.x', '0.2.6'), name, functions.get(name) ?? ''] as const),
);

describe('the signatures of served imports', () => {
  it('P3 · are each admitted under their own name', async () => {
    for (const [module, name, signature] of SERVED) {
      const { admitted } = admitModule(await declaring(module, name, signature), OPTIONS);
      expect(admitted.imports).to.deep.equal([{ module, name, kind: 'function' }]);
    }
  });

  it('P3 · are each refused under the name of another, showing both', async () => {
    const served = fc.constantFrom(...SERVED);
    await fc.assert(
      fc.asyncProperty(served, served, async ([module, name, expected], [, , actual]) => {
        fc.pre(expected !== actual);
        const bytes = await declaring(module, name, actual);
        const error = thrownBy(() => admitModule(bytes, OPTIONS));
        expect(error.code).to.equal('VALIDATION_ERROR');
        expect(error.details).to.include({ import: `${module}#${name}`, expected, actual });
      }),
      { numRuns },
    );
  });

  it('are all shorter than what a type is cut to', () => {
    expect(SERVED.length).to.equal(231);
    for (const [, , signature] of SERVED) {
      expect(signature.length).to.be.lessThan(MAX_SIGNATURE_TEXT / 2);
      expect(signature)
        .to.match(/^\(/)
        .and.not.match(/\b[A-Z][a-z]/);
    }
  });

  it('cannot be written down with a word that stands for nothing', () => {
    const odd = new InterfaceSignatures({ Known: 'u8' }, { f: '(Known)', g: '(Unknown)' });
    expect(odd.get('f')).to.equal('(u8)');
    expect(odd.get('constructor')).to.equal(undefined);
    expect(() => odd.get('g')).to.throw(RangeError);
  });
});

describe('the shape of an imported type', () => {
  const shapeOf = async (lines: string, type: string): Promise<string> => {
    const { imports } = readComponent(
      await parse(`(component (import "a:b/c" (instance ${lines} (export "f" ${type}))))`),
    );
    return shapeText(imports[0]?.shape ?? []);
  };

  it('P3 · is what the type is, whatever it is called', async () => {
    const lines = '(type $list (list u8)) (export "bucket" (type $bucket (eq $list)))';
    expect(await shapeOf(lines, '(func (result $bucket))')).to.equal('() -> list<u8>');
  });

  it('P3 · of a resource shows no name that could be taken for more than a name', async () => {
    const shapeOfOwn = async (name: string): Promise<string> =>
      await shapeOf(
        `(export "${name}" (type $r (sub resource))) (type $own (own $r))`,
        '(func (param "a" $own))',
      );
    for (const name of ['error>, u8, own<x', 'Error', 'a b', '', '…', 'a'.repeat(5_000)]) {
      expect(await shapeOfOwn(name)).to.equal('(own<?>)');
    }
    expect(await shapeOfOwn('output-stream')).to.equal('(own<output-stream>)');
  });

  it('P3 · tells a resource of the component from one of the host', async () => {
    const bytes = await parse(`(component
      (type $mine (resource (rep i32)))
      (import "wasi:keyvalue/store@0.2.0-draft" (instance
        (alias outer 1 $mine (type $mine))
        (export "bucket" (type $bucket (eq $mine)))
        (type $borrow (borrow $bucket))
        (type $error (variant (case "no-such-store") (case "access-denied") (case "other" string)))
        (type $result (result bool (error $error)))
        (export "[method]bucket.exists" (func (param "self" $borrow) (param "key" string) (result $result))))))`);
    const { details } = thrownBy(() => admitModule(bytes, OPTIONS));
    expect(String(details['actual'])).to.match(/^\(borrow<\?>, string\)/);
  });

  it('leaves out the names of parameters', async () => {
    const one = await declaring('wasi:io/poll@0.2.0', '[method]pollable.ready', '() -> bool');
    expect(shapeText(readComponent(one).imports[0]?.shape ?? [])).to.equal('() -> bool');
    const lines = '(type $l (list u8))';
    expect(await shapeOf(lines, '(func (param "any" $l) (param "name" u8))')).to.equal(
      '(list<u8>, u8)',
    );
  });

  it('is cut before it grows, although types double with every definition', async () => {
    let lines = '(type $t0 (tuple u8 u8))';
    for (let step = 1; step <= 15; step++) {
      lines += `(type $t${step} (tuple $t${step - 1} $t${step - 1}))`;
    }
    const text = await shapeOf(lines, '(func (param "a" $t15))');
    expect(text)
      .to.have.length(MAX_SIGNATURE_TEXT)
      .and.match(/^\(tuple<tuple<.*…$/);
    const fields = Array.from({ length: 20_000 }, (_, index) => `(field "f${index}" u8)`).join('');
    const wide = await shapeOf(`(type $r (record ${fields}))`, '(func (param "a" $r))');
    expect(wide)
      .to.have.length(MAX_SIGNATURE_TEXT)
      .and.match(/^\(record \{ f0: u8, .*…$/);
  });

  it('is what toolchains make of WIT, with aliases, used types and methods', async () => {
    const core = await componentEmbed({
      dummy: true,
      witSource: `package a:b;
        interface base {
          type size = u64;
          record moment { seconds: size, zone: option<string> }
          resource thing { constructor(at: moment); swap: func(other: borrow<thing>) -> result<thing, moment>; }
        }
        interface user {
          use base.{thing as other-thing, size};
          flags access { read, write }
          give: func(t: other-thing, a: access) -> tuple<size, list<char>>;
          check: func() -> result;
          only-error: func() -> result<_, string>;
        }
        world w { import user; import base; }`,
    });
    const { imports } = readComponent(await componentNew(core, []));
    const moment = 'record { seconds: u64, zone: option<string> }';
    expect(
      Object.fromEntries(imports.map(({ name, shape }) => [name, shapeText(shape)])),
    ).to.deep.equal({
      '[constructor]thing': `(${moment}) -> own<thing>`,
      '[method]thing.swap': `(borrow<thing>, borrow<thing>) -> result<own<thing>, ${moment}>`,
      give: '(own<other-thing>, flags { read, write }) -> tuple<u64, list<char>>',
      check: '() -> result',
      'only-error': '() -> result<_, string>',
    });
  });
});
