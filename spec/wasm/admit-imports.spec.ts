import { expect } from 'chai';
import * as fc from 'fast-check';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import {
  ASSEMBLYSCRIPT_FUNCTIONS,
  ASSEMBLYSCRIPT_MODULE,
} from '../../lib/wasm/assemblyscript-functions.ts';
import { servedInterface } from '../../lib/wasm/component-interfaces.ts';
import { EXTISM_FUNCTIONS } from '../../lib/wasm/extism-functions.ts';
import { EXTISM_MODULE, HOST_FUNCTION_MODULE } from '../../lib/wasm/extism-modules.ts';
import { checkComponentImports } from '../../lib/wasm/import-manifest.ts';
import { PREVIEW1_FUNCTIONS } from '../../lib/wasm/preview1-functions.ts';
import { WAPC_FUNCTIONS, WAPC_MODULE } from '../../lib/wasm/wapc-functions.ts';
import { thrownBy } from '../thrown.ts';
import { coreModule, section } from './core-bytes.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const OPTIONS = { abi: 'auto', memoryBytes: 1_048_576, tableEntries: 100 } as const;
const WASI = 'wasi_snapshot_preview1';
const CODES: Readonly<Record<string, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };

interface Signature {
  readonly params: readonly string[];
  readonly results: readonly string[];
}

/** What a waPC guest is called by, its function being the one behind the one imported. */
const GUEST_CALL = [
  section(3, 1, 1),
  section(7, 1, 12, ...new TextEncoder().encode('__guest_call'), 0, 1),
  section(10, 1, 4, 0, 0x41, 1, 0x0b),
];

/** A module that imports one function, and can be called as a waPC guest. */
function importing(module: string, name: string, { params, results }: Signature): Uint8Array {
  const text = (value: string): number[] => {
    const bytes = [...new TextEncoder().encode(value)];
    return [(bytes.length & 0x7f) | 0x80, bytes.length >> 7, ...bytes];
  };
  const types = (all: readonly string[]): number[] => [
    all.length,
    ...all.map((type) => CODES[type] ?? 0),
  ];
  return coreModule(
    section(1, 2, 0x60, ...types(params), ...types(results), 0x60, 2, 0x7f, 0x7f, 1, 0x7f),
    section(2, 1, ...text(module), ...text(name), 0, 0),
    ...GUEST_CALL,
  );
}

const names = fc.oneof(
  fc.constantFrom(WASI, 'env', 'wasi_unstable', '__proto__', 'constructor', 'toString', ''),
  fc.constantFrom(EXTISM_MODULE, 'extism:env', WAPC_MODULE, 'Math.', 'console.time'),
  fc.constantFrom(...PREVIEW1_FUNCTIONS.keys(), ...EXTISM_FUNCTIONS.keys()),
  fc.constantFrom(...WAPC_FUNCTIONS.keys(), ...ASSEMBLYSCRIPT_FUNCTIONS.keys()),
  fc.string({ maxLength: 20, unit: 'grapheme' }),
);
const signatures: fc.Arbitrary<Signature> = fc.oneof(
  fc.record({
    params: fc.array(fc.constantFrom('i32', 'i64', 'f64'), { maxLength: 10 }),
    results: fc.array(fc.constantFrom('i32', 'i64'), { maxLength: 2 }),
  }),
  fc.constantFrom(...PREVIEW1_FUNCTIONS.values(), ...EXTISM_FUNCTIONS.values()),
  fc.constantFrom(...WAPC_FUNCTIONS.values(), ...ASSEMBLYSCRIPT_FUNCTIONS.values()),
);

describe('the import manifest', () => {
  it('P3 · serves every function of preview 1 under its own signature', () => {
    for (const [name, signature] of PREVIEW1_FUNCTIONS) {
      const { admitted } = admitModule(importing(WASI, name, signature), OPTIONS);
      expect(admitted.imports).to.deep.equal([{ module: WASI, name, kind: 'function' }]);
    }
  });

  it('P3 · serves every function of the Extism kernel under its own signature', () => {
    for (const [name, signature] of EXTISM_FUNCTIONS) {
      const { admitted } = admitModule(importing(EXTISM_MODULE, name, signature), OPTIONS);
      expect(admitted).to.deep.include({
        abi: 'extism',
        life: 'reactor',
        families: { v: ['kv'], h: name === 'http_request' ? ['http'] : [] }[name.charAt(0)] ?? [],
        hasOutput: /^(log_|http_request$)/.test(name),
      });
    }
  });

  it('P3 · serves every function of waPC and of AssemblyScript under its own signature', () => {
    for (const [name, signature] of WAPC_FUNCTIONS) {
      const { admitted } = admitModule(importing(WAPC_MODULE, name, signature), OPTIONS);
      expect(admitted).to.deep.include({ abi: 'wapc', families: [] });
      expect(admitted.hasOutput).to.equal(name === '__console_log');
      expect(admitted.namesFamilies === true).to.equal(name === '__host_call');
    }
    for (const [name, signature] of ASSEMBLYSCRIPT_FUNCTIONS) {
      const { admitted } = admitModule(importing(ASSEMBLYSCRIPT_MODULE, name, signature), OPTIONS);
      expect(admitted).to.deep.include({ abi: 'core', families: [] });
      expect(admitted.hasOutput).to.equal(/^(trace$|console\.)/.test(name));
    }
  });

  it('P3 · keeps host functions of any name with their signature, and refuses other signatures', () => {
    fc.assert(
      fc.property(names, signatures, (name, { params, results }) => {
        const run = (): unknown =>
          admitModule(importing(HOST_FUNCTION_MODULE, name, { params, results }), OPTIONS).admitted;
        if ([...params, ...results].every((type) => type === 'i64') && results.length < 2) {
          const hostFunctions = [{ name, params: [...params], results: [...results] }];
          expect(run()).to.deep.include({ abi: 'extism', families: [], hostFunctions });
        } else {
          const error = thrownBy(run);
          expect(error.code).to.equal('VALIDATION_ERROR');
          expect(error.details['import']).to.equal(`${HOST_FUNCTION_MODULE}.${name}`);
        }
      }),
      { numRuns },
    );
  });

  it('P3 · either serves a core import or refuses it by its name', () => {
    const served = new Map<string, ReadonlyMap<string, Signature>>([
      [WASI, PREVIEW1_FUNCTIONS],
      [EXTISM_MODULE, EXTISM_FUNCTIONS],
      [WAPC_MODULE, WAPC_FUNCTIONS],
      [ASSEMBLYSCRIPT_MODULE, ASSEMBLYSCRIPT_FUNCTIONS],
    ]);
    fc.assert(
      fc.property(names, names, signatures, (module, name, signature) => {
        const expected = served.get(module)?.get(name);
        const fits =
          expected !== undefined &&
          String(expected.params) === String(signature.params) &&
          String(expected.results) === String(signature.results);
        const run = (): unknown => admitModule(importing(module, name, signature), OPTIONS);
        if (fits) {
          run();
          return;
        }
        const error = thrownBy(run);
        expect(error.code).to.equal('VALIDATION_ERROR');
        expect(error.details['import']).to.equal(`${module}.${name}`);
        expect(error.message).to.contain(`${module}.${name}`);
      }),
      { numRuns },
    );
  });

  it('P3 · refuses a known function under a wrong signature, showing both', () => {
    const bytes = importing(WASI, 'fd_close', { params: ['i64'], results: ['i32'] });
    expect(thrownBy(() => admitModule(bytes, OPTIONS)).details).to.include({
      import: `${WASI}.fd_close`,
      expected: '(i32) -> (i32)',
      actual: '(i64) -> (i32)',
    });
  });

  it('P3 · refuses imported memories, tables, globals and tags, whatever their names', () => {
    const types = section(1, 1, 0x60, 0, 0);
    const kinds = {
      memory: [2, 0, 1],
      table: [1, 0x70, 0, 1],
      global: [3, 0x7f, 0],
      tag: [4, 0, 0],
    };
    for (const [kind, bytes] of Object.entries(kinds)) {
      const module = coreModule(types, section(2, 1, 1, 0x61, 1, 0x62, ...bytes));
      const error = thrownBy(() => admitModule(module, OPTIONS));
      expect(error.code).to.equal('VALIDATION_ERROR');
      expect(error.details).to.include({ import: 'a.b', kind });
    }
  });

  it('P3 · either serves a function of an interface or refuses it by its name', () => {
    const interfaces = fc.oneof(
      fc.constantFrom(
        'wasi:keyvalue/store@0.2.0-draft',
        'wasi:cli/stdout@0.2.0',
        'wasi:sockets/tcp@0.2.0',
        '__proto__',
        '',
      ),
      fc.string({ maxLength: 30 }),
    );
    const functions = fc.oneof(
      fc.constantFrom('open', 'get-stdout', '[method]bucket.get', 'constructor'),
      fc.string({ maxLength: 12, minLength: 1 }),
    );
    fc.assert(
      fc.property(interfaces, functions, (module, name) => {
        const served = servedInterface(module);
        try {
          const shape = [served?.functions.get(name) ?? '()'];
          checkComponentImports([{ module, name, kind: 'function', shape }]);
          expect(served?.functions.has(name)).to.equal(true);
        } catch (error) {
          if (!isWasmatrixError(error)) throw error;
          expect(served?.functions.has(name) ?? false).to.equal(false);
          expect(error.code).to.equal('VALIDATION_ERROR');
          expect(error.details['import']).to.equal(module === '' ? name : `${module}#${name}`);
        }
      }),
      { numRuns },
    );
  });

  function familiesOf(module: string): readonly string[] {
    const served = servedInterface(module);
    const functions = served?.functions.names() ?? [];
    expect(functions).to.not.be.empty;
    const imports = functions.map((name) => ({
      module,
      name,
      kind: 'function',
      shape: [served?.functions.get(name) ?? ''],
    }));
    return checkComponentImports(imports).families;
  }

  it('reports the provider types that imports lead to, once each', () => {
    expect(familiesOf('wasi:keyvalue/store@0.2.0-draft')).to.deep.equal(['kv']);
    expect(familiesOf('wasi:http/outgoing-handler@0.2.3')).to.deep.equal(['http']);
    expect(familiesOf('wasi:messaging/producer@0.2.0-draft')).to.deep.equal(['messaging']);
  });

  it('reports none for what a guest needs to answer requests and messages', () => {
    expect(familiesOf('wasi:http/types@0.2.3')).to.deep.equal([]);
    expect(familiesOf('wasi:messaging/types@0.2.0-draft')).to.deep.equal([]);
  });
});
