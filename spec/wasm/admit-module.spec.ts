import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Admission } from '../../lib/wasm/admit-core.ts';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import type { AbiName } from '../../lib/wasm/admitted-module.ts';
import { readCoreModule } from '../../lib/wasm/core-module-reader.ts';
import { ALL_RISKS } from '../../lib/wasm/risky-features.ts';
import { pythonPath, wat } from '../guests/guest-file.ts';
import { thrownBy } from '../thrown.ts';
import { component, coreModule } from './core-bytes.ts';

const LIMITS = { memoryBytes: 64 * 1024 * 1024, tableEntries: 1_000_000 };

function admit(bytes: Uint8Array, abi: 'auto' | AbiName = 'auto', limits = LIMITS): Admission {
  return admitModule(bytes, { abi, ...limits });
}

const FD_WRITE = `(import "wasi_snapshot_preview1" "fd_write"
  (func (param i32 i32 i32 i32) (result i32)))`;
const ALLOC = '(import "extism:host/env" "alloc" (func (param i64) (result i64)))';

describe('admission', () => {
  const notModules: readonly [title: string, bytes: readonly number[], problem: string][] = [
    ['no bytes', [], 'empty'],
    ['seven bytes', [0, 0x61, 0x73, 0x6d, 1, 0, 0], 'not a WebAssembly module'],
    ['text', [...new TextEncoder().encode('#!/bin/sh\n')], 'not a WebAssembly module'],
    ['core version 2', [0, 0x61, 0x73, 0x6d, 2, 0, 0, 0], 'unknown version'],
    ['an old component', [0, 0x61, 0x73, 0x6d, 12, 0, 1, 0], 'unknown version'],
  ];
  for (const [title, bytes, problem] of notModules) {
    it(`P18 · calls ${title} a bad request for a module`, () => {
      const error = thrownBy(() => admit(Uint8Array.from(bytes)));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal('module');
      expect(error.message).to.contain(problem);
    });
  }

  it('admits the empty module and the empty component', () => {
    expect(admit(coreModule()).admitted).to.deep.equal({
      sizeBytes: 8,
      abi: 'core',
      life: 'reactor',
      imports: [],
      exports: [],
      families: [],
      hasOutput: false,
      memories: 0,
      initialMemoryBytes: 0,
    });
    expect(admit(component([], [])).admitted).to.include({ abi: 'component', life: 'reactor' });
  });

  it('refuses what runs at the start where it takes or gives anything', () => {
    const refused: readonly (readonly [text: string, name: string])[] = [
      ['(module (func (export "_initialize") (param i32)))', '_initialize'],
      ['(module (func (export "_initialize") (result i32) (i32.const 1)))', '_initialize'],
      ['(module (func (export "_start") (param i64)))', '_start'],
      [`(module ${FD_WRITE} (func (export "_start") (result i32) (i32.const 1)))`, '_start'],
      [`(module ${FD_WRITE} (func (export "_initialize") (param f32)))`, '_initialize'],
    ];
    for (const [text, name] of refused) {
      const error = thrownBy(() => admit(wat(text)));
      expect(error.code, text).to.equal('VALIDATION_ERROR');
      expect(error.details['export']).to.equal(name);
      expect(error.message).to.include('() -> ()');
    }
    for (const text of [
      '(module (func (export "_initialize")))',
      '(module (global (export "_initialize") i32 (i32.const 1)))',
      `(module ${FD_WRITE} (func (export "_start")) (func (export "_initialize") (param i32)))`,
    ]) {
      expect(() => admit(wat(text)), text).to.not.throw();
    }
  });

  it('tells commands from reactors and core from wasi', () => {
    const found = (text: string, abi?: AbiName): string => {
      const { admitted } = admit(wat(text), abi);
      return `${admitted.abi} ${admitted.life} ${admitted.hasOutput}`;
    };
    expect(found(`(module ${FD_WRITE} (func (export "_start")))`)).to.equal('wasi command true');
    expect(found(`(module ${FD_WRITE} (func (export "f")))`)).to.equal('wasi reactor true');
    expect(found('(module (func (export "_start")))')).to.equal('wasi command false');
    expect(found(`(module ${ALLOC} (func (export "f")))`)).to.equal('extism reactor false');
    expect(found(`(module ${FD_WRITE} ${ALLOC} (func (export "_start")))`)).to.equal(
      'extism reactor true',
    );
    expect(found('(module (func (export "f")))')).to.equal('core reactor false');
    expect(found('(module (memory (export "_start") 0))')).to.equal('core reactor false');
    expect(found('(module (func (export "_start")))', 'core')).to.equal('core reactor false');
    expect(found('(module (func (export "_initialize")))', 'wasi')).to.equal('wasi reactor false');
  });

  const misfits: readonly [title: string, bytes: Uint8Array, abi: 'auto' | AbiName][] = [
    ['a core module as a component', coreModule(), 'component'],
    ['a component as wasi', component([], []), 'wasi'],
    ['a wasi module as core', wat(`(module ${FD_WRITE})`), 'core'],
    ['a core module as extism', coreModule(), 'extism'],
    ['an extism plug-in as wasi', wat(`(module ${FD_WRITE} ${ALLOC})`), 'wasi'],
    ['a waPC guest as core', wat(`(module ${FD_WRITE} (import "wapc" "f" (func)))`), 'core'],
    ['a core module as waPC', coreModule(), 'wapc'],
  ];
  for (const [title, bytes, abi] of misfits) {
    it(`refuses ${title}, naming the abi field`, () => {
      const error = thrownBy(() => admit(bytes, abi));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field']).to.equal('abi');
    });
  }

  it('refuses a waPC guest without the export that it is called by', () => {
    const log = '(import "wapc" "__console_log" (func (param i32 i32)))';
    const others = [
      '',
      '(memory (export "__guest_call") 1)',
      '(func (export "__guest_call") (param i32) (result i32) (i32.const 1))',
      '(func (export "__guest_call") (param i32 i32))',
      '(func (export "__guest_call") (param i32 i64) (result i32) (i32.const 1))',
    ];
    for (const other of others) {
      const error = thrownBy(() => admit(wat(`(module ${log} ${other})`)));
      expect(error.code).to.equal('VALIDATION_ERROR');
      expect(error.details['export']).to.equal('__guest_call');
    }
    const call = '(func (export "__guest_call") (param i32 i32) (result i32) (i32.const 1))';
    const { admitted } = admit(wat(`(module ${log} ${call} (func (export "_start")))`));
    expect(admitted).to.deep.include({ abi: 'wapc', life: 'reactor', families: [] });
    expect(admitted.hasOutput).to.equal(true);
    expect(admitted).to.not.have.property('namesFamilies');
  });

  it('refuses shared memory to whoever imports anything', () => {
    const abort = '(import "env" "abort" (func (param i32 i32 i32 i32)))';
    const bytes = wat(`(module ${abort} (memory 1 1 shared))`);
    const error = thrownBy(() =>
      admitModule(bytes, { abi: 'auto', ...LIMITS, allowed: ALL_RISKS }),
    );
    expect(error.code).to.equal('VALIDATION_ERROR');
    expect(error.details['feature']).to.equal('shared memory');
  });

  it('refuses initial memories beyond the limit, with both numbers', () => {
    const bytes = wat('(module (memory 17))');
    const error = thrownBy(() => admit(bytes, 'auto', { ...LIMITS, memoryBytes: 1_048_576 }));
    expect(error.code).to.equal('VALIDATION_ERROR');
    expect(error.details).to.deep.equal({
      field: 'limits.memoryBytes',
      neededBytes: 17 * 65_536,
      limitBytes: 1_048_576,
    });
  });

  it('refuses initial tables and passive elements beyond the limit', () => {
    const bytes = wat('(module (func $f) (table 6 funcref) (elem func $f $f $f $f $f))');
    const error = thrownBy(() => admit(bytes, 'auto', { ...LIMITS, tableEntries: 10 }));
    expect(error.details).to.deep.equal({
      field: 'limits.tableEntries',
      neededEntries: 11,
      limitEntries: 10,
    });
    expect(admit(bytes, 'auto', { ...LIMITS, tableEntries: 11 }).coreModules).to.have.length(1);
  });

  it('lets no table grow so far in one step that the process would abort', () => {
    const { coreModules } = admit(wat('(module (table 1 funcref) (table 1 9 externref))'), 'auto', {
      ...LIMITS,
      tableEntries: 10_000_000,
    });
    const tablesOf = (bytes: Uint8Array = new Uint8Array()): unknown[] =>
      readCoreModule(bytes).tables.map(({ maximum }) => maximum);
    expect(tablesOf(coreModules[0])).to.deep.equal([524_288, 9]);
    const large = admit(wat('(module (table 707000 funcref))'));
    expect(tablesOf(large.coreModules[0])).to.deep.equal([707_000]);
  });

  it('counts a memory of 65,536 pages against the limit, and a 64-bit one of 2^48', () => {
    for (const memory of ['65536', 'i64 281474976710656']) {
      const error = thrownBy(() => admit(wat(`(module (memory ${memory}))`)));
      expect(error.details['field']).to.equal('limits.memoryBytes');
    }
  });

  it('shares one budget among all instances of all core modules of a component', () => {
    const one = wat('(module (memory 1))');
    const two = wat('(module (memory 2 4))');
    const limits = { ...LIMITS, memoryBytes: 104 * 65_536 };
    const { coreModules, admitted } = admit(component([one, two], [0, 1, 0]), 'auto', limits);
    expect(admitted.memories).to.equal(3);
    const maxima = coreModules.map((bytes) => readCoreModule(bytes).memories[0]?.maximum);
    expect(maxima).to.deep.equal([50, 4]);
    const error = thrownBy(() =>
      admit(component([one, two], [0, 1, 0]), 'auto', { ...LIMITS, memoryBytes: 3 * 65_536 }),
    );
    expect(error.details['neededBytes']).to.equal(4 * 65_536);
  });

  it('lets no instance have more memories than its share of the memory maps', () => {
    const bytes = component(
      [wat('(module (memory 0))')],
      Array.from({ length: 33 }, () => 0),
    );
    const error = thrownBy(() => admit(bytes));
    expect(error.code).to.equal('VALIDATION_ERROR');
    expect(error.details).to.include({ what: 'memories', count: 33 });
  });

  it('admits CPython and caps it, and the engine still takes it', async () => {
    const { admitted, coreModules } = admit(readFileSync(pythonPath()));
    expect(admitted).to.include({ abi: 'wasi', life: 'command', hasOutput: true });
    const [capped = new Uint8Array()] = coreModules;
    const facts = readCoreModule(capped);
    expect(facts.memories.map(({ maximum }) => maximum)).to.deep.equal([1024]);
    for (const { maximum } of facts.tables) expect(maximum).to.be.at.most(1_000_000);
    const module = await WebAssembly.compile(capped);
    expect(WebAssembly.Module.imports(module)).to.have.length(admitted.imports.length);
  }).timeout(60_000);
});
