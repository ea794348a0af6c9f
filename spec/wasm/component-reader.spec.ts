import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { isWasmatrixError, type WasmatrixError } from '../../lib/core/errors.ts';
import { type ParsedComponent, readComponent } from '../../lib/wasm/component-reader.ts';
import { shapeText } from '../../lib/wasm/component-type-shape.ts';

const RUNS = Number(process.env['FC_RUNS'] ?? 100);

const WORLD = `package test:guest;
interface api {
  resource bucket { get: func(key: string) -> option<list<u8>>; }
  open: func(name: string) -> result<bucket, string>;
}
interface handler {
  record broker-message { subject: string, reply-to: option<string> }
  handle-it: func(message: broker-message, ids: list<tuple<u8, char>>) -> result<_, string>;
}
world w {
  import api;
  import log: func(text: string);
  export handler;
  export bump: func(key: string) -> u64;
}`;

async function fromWit(wit: string): Promise<Uint8Array> {
  const core = await componentEmbed({ dummy: true, witSource: wit });
  return await componentNew(core, []);
}

function refusal(bytes: Uint8Array): WasmatrixError {
  try {
    readComponent(bytes);
  } catch (thrown) {
    if (isWasmatrixError(thrown)) return thrown;
    throw thrown;
  }
  throw new Error('the component was read');
}

async function refusalOf(text: string): Promise<WasmatrixError> {
  return refusal(await parse(text));
}

describe('readComponent', () => {
  it('lists what a component imports and exports', async () => {
    const { imports, exports, coreModules, coreInstantiations } = readComponent(
      await fromWit(WORLD),
    );
    expect(
      imports.map(({ shape, ...fact }) => ({ ...fact, type: shapeText(shape) })),
    ).to.have.deep.members([
      { module: '', name: 'log', kind: 'function', type: '(string)' },
      {
        module: 'test:guest/api',
        name: 'open',
        kind: 'function',
        type: '(string) -> result<own<bucket>, string>',
      },
      {
        module: 'test:guest/api',
        name: '[method]bucket.get',
        kind: 'function',
        type: '(borrow<bucket>, string) -> option<list<u8>>',
      },
    ]);
    expect(exports).to.have.deep.members([
      { name: 'bump', kind: 'function', params: ['string'], results: ['u64'] },
      {
        name: 'test:guest/handler#handle-it',
        kind: 'function',
        params: ['broker-message', 'list<tuple<u8, char>>'],
        results: ['result<_, string>'],
      },
    ]);
    expect(coreModules.length).to.equal(coreInstantiations.length).and.be.greaterThan(0);
    for (const module of coreModules) expect(WebAssembly.validate(module)).to.equal(true);
  });

  it('makes a definition that can be sent to a thread', async () => {
    const { definition } = readComponent(await fromWit(WORLD));
    expect(structuredClone(definition)).to.deep.equal(definition);
  });

  it('counts the instances of every core module, nested components included', async () => {
    const { coreInstantiations } = readComponent(
      await parse(`(component
        (component $C (core module $A) (core module $B)
          (core instance (instantiate $A)) (core instance (instantiate $A)) (core instance (instantiate $B)))
        (core module $D) (core module $E)
        (core instance (instantiate $D))
        (instance (instantiate $C)) (instance (instantiate $C)))`),
    );
    expect(coreInstantiations).to.deep.equal([4, 2, 1, 0]);
  });

  it('refuses more instances than its bound, however few bytes ask for them', async () => {
    let text = '(component $c0 (core module $m) (core instance (instantiate $m)))';
    for (let level = 1; level <= 30; level++) {
      text += `(component $c${level}
        (alias outer 1 $c${level - 1} (component $inner))
        (instance (instantiate $inner)) (instance (instantiate $inner)))`;
    }
    const error = await refusalOf(`(component ${text} (instance (instantiate $c30)))`);
    expect(error.code).to.equal('VALIDATION_ERROR');
    expect(error.details['feature']).to.equal('instantiations');
  });

  it('refuses types that grow exponentially while they are only a number', async () => {
    let tuples = '(type $t0 (tuple u64 u64))';
    for (let level = 1; level <= 200; level++) {
      tuples += `(type $t${level} (tuple $t${level - 1} $t${level - 1}))`;
    }
    expect((await refusalOf(`(component ${tuples})`)).details['feature']).to.equal('type-size');
    let lists = '(type $t0 (list u8))';
    for (let level = 1; level <= 200; level++) lists += `(type $t${level} (list $t${level - 1}))`;
    expect((await refusalOf(`(component ${lists})`)).details['feature']).to.equal('type-depth');
  });

  it('keeps the text of a type short', async () => {
    let records = '(type $t0 (list u8))';
    for (let level = 1; level <= 12; level++) {
      records += `(type $t${level} (record (field "a" $t${level - 1}) (field "b" $t${level - 1})))`;
    }
    const { exports } = readComponent(
      await parse(`(component ${records} (import "f" (func $f (param "x" $t12)))
        (export "f" (func $f)))`),
    );
    expect(exports[0]?.params?.[0]?.length).to.be.lessThanOrEqual(200);
  });

  it('refuses components that are nested too deep', async () => {
    const error = await refusalOf('(component '.repeat(60) + ')'.repeat(60));
    expect(error.details['feature']).to.equal('nesting');
  });

  it('refuses what came with WASI 0.3, and says so', async () => {
    const cases: readonly (readonly [text: string, feature: string])[] = [
      ['(component (type (stream u8)))', 'stream'],
      ['(component (type (future u8)))', 'future'],
      ['(component (type (func async)))', 'async'],
      ['(component (core func (canon task.cancel)))', 'async'],
      ['(component (core type (func)))', 'core-type'],
      ['(component (import "c" (component)))', 'module-linking'],
    ];
    for (const [text, feature] of cases) {
      const error = await refusalOf(text);
      expect(error.code).to.equal('VALIDATION_ERROR');
      expect(error.details['feature']).to.equal(feature);
      expect(error.message).to.match(/not supported|cannot be imported/);
    }
  });

  it('refuses labels that are no kebab case or the same in JavaScript', async () => {
    for (const fields of ['(field "__proto__" u8)', '(field "a" u8) (field "A" u8)']) {
      const error = await refusalOf(`(component (type (record ${fields})))`);
      expect(error.code).to.equal('WASM_RUNTIME_ERROR');
    }
  });

  it('survives any truncation of a component', async () => {
    const bytes = await fromWit(WORLD);
    const whole = readComponent(bytes);
    for (let length = 0; length < bytes.length; length++) {
      const result = outcome(bytes.subarray(0, length));
      if (result === 'refused') continue;
      // A cut between two sections leaves a shorter, complete component.
      expect(result.definition.definitions.length).to.be.at.most(
        whole.definition.definitions.length,
      );
    }
  });

  it('survives any change of bytes, with a fact or a typed refusal for all of them', async () => {
    const bytes = await fromWit(WORLD);
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const mutant = bytes.slice();
        for (const [at, byte] of changes) mutant[at] = byte;
        const result = outcome(mutant);
        if (result !== 'refused') expect(result.coreModules).to.be.an('array');
      }),
      { numRuns: RUNS * 20 },
    );
  });

  it('survives bytes that are nothing at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(outcome(bytes)).to.equal('refused');
        const headed = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, ...bytes);
        const result = outcome(headed);
        if (result !== 'refused') expect(result.coreModules.length).to.be.lessThan(200);
      }),
      { numRuns: RUNS * 10 },
    );
  });
});

/** Reads, or is refused by a typed error; anything else thrown is the test's failure. */
function outcome(bytes: Uint8Array): ParsedComponent | 'refused' {
  try {
    return readComponent(bytes);
  } catch (thrown) {
    if (!isWasmatrixError(thrown)) throw thrown;
    expect(['VALIDATION_ERROR', 'WASM_RUNTIME_ERROR']).to.include(thrown.code);
    return 'refused';
  }
}
