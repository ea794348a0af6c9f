import { expect } from 'chai';
import { LARGEST_LIMITS } from '../../lib/core/limits.ts';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { describeModule, type ModuleDescription } from '../../lib/wasm/describe-module.ts';
import { importNeeds } from '../../lib/wasm/import-needs.ts';
import { moduleReport } from '../../lib/wasm/module-report.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { thrownBy } from '../thrown.ts';

const described = (bytes: Uint8Array): ModuleDescription => describeModule(bytes, LARGEST_LIMITS);
const refusalsOf = (source: string): readonly string[] =>
  described(wat(source)).refusals.map(({ code, message }) => `${code} ${message}`);

/** A module with one custom section, given as bytes after its name. */
function withSection(name: string, content: readonly number[]): Uint8Array {
  const text = [...Buffer.from(name)];
  const body = [text.length, ...text, ...content];
  return Uint8Array.from([...wat('(module)'), 0, body.length, ...body]);
}

const named = (text: string): number[] => [text.length, ...Buffer.from(text)];

describe('what is told of a module before anything of it runs', () => {
  const guests = ['counter-c', 'counter-draft2', 'fetch-c', 'messenger-c', 'messenger-draft'];

  it('says for each import which permission it needs', () => {
    const needs = guests.map((guest) =>
      described(guestBytes(guest)).imports.flatMap(({ name, needs: need }) =>
        need === undefined ? [] : [`${name} ${need}`],
      ),
    );
    expect(needs[0]).to.include.members([
      '[method]bucket.get kv:read',
      '[method]bucket.set kv:write',
      'increment kv:write',
    ]);
    expect(needs[2]).to.deep.equal(['handle http:request']);
    expect(needs[3]).to.include('publish msg:publish');
    expect(needs[4]).to.include('send msg:publish');
    const plugin = described(guestBytes('extism-plugin')).imports;
    expect(plugin.find(({ name }) => name === 'var_get')?.needs).to.equal('kv:read');
    const setter = plugin.find(({ name }) => name === 'var_set');
    expect(setter).to.include({ needs: 'kv:write', mayNeed: 'kv:delete' });
    expect(importNeeds('core', 'extism:host/env', 'var_get')).to.deep.equal({});
    expect(importNeeds('component', 'wasi:keyvalue/store@0.2.0-draft', 'open')).to.deep.equal({});
  });

  it('says which host functions an assignment has to map', () => {
    const { imports } = described(guestBytes('extism-caller'));
    const mapped = imports.filter(({ module }) => module === 'extism:host/user');
    expect(mapped).to.have.length.above(0);
    for (const { name, needs } of mapped) expect(needs).to.equal(`config.hostFunctions.${name}`);
  });

  it('agrees with admission about every guest', () => {
    for (const guest of [...guests, 'core', 'hello-c', 'reactor-c', 'wapc-guest', 'extism-wasi']) {
      const bytes = guestBytes(guest);
      const { abi, life, exports, families } = admitModule(bytes, {
        abi: 'auto',
        ...LARGEST_LIMITS,
      }).admitted;
      const told = described(bytes);
      expect(told).to.deep.include({ abi, life, exports, capabilities: families, refusals: [] });
    }
  });

  it('reads which languages and tools a module says it was made with', () => {
    const component = described(guestBytes('counter-c')).producers;
    expect(component.tools.map(({ name }) => name)).to.include('wit-component');
    const section = [2, ...named('language'), 1, ...named('C11'), 0];
    const sdk = [...named('sdk'), 2, ...named('S'), ...named('1'), ...named('S'), ...named('1')];
    expect(described(withSection('producers', [...section, ...sdk])).producers).to.deep.equal({
      languages: [{ name: 'C11', version: '' }],
      tools: [],
      sdks: [{ name: 'S', version: '1' }],
    });
  });

  it('refuses no module for what it claims about itself', () => {
    for (const bytes of [[200], [1, 3, 0x61], [1, 1, 0xff, 0], []]) {
      const { producers, refusals } = described(withSection('producers', bytes));
      expect(producers).to.deep.equal({ languages: [], tools: [], sdks: [] });
      expect(refusals).to.deep.equal([]);
    }
  });

  it('tells the declared sizes of memories and tables', () => {
    const { memories, tables, features } = described(
      wat('(module (memory 1 3) (memory i64 2) (table 4 5 funcref) (table 6 externref))'),
    );
    expect(memories).to.deep.equal([
      { minimumPages: 1, maximumPages: 3, is64: false, isShared: false },
      { minimumPages: 2, is64: true, isShared: false },
    ]);
    expect(tables).to.deep.equal([
      { minimumEntries: 4, maximumEntries: 5, is64: false },
      { minimumEntries: 6, is64: false },
    ]);
    expect(features).to.deep.equal(['memory64', 'multi-memory', 'multi-table']);
  });
});

describe('why a module may not run', () => {
  it('is told in full, where admission stops at the first reason', () => {
    const source = `(module (import "env" "first" (func)) (import "env" "abort" (func (param i32)))
      (import "a" "b" (memory 1)) (memory 65536) (memory 65536))`;
    expect(refusalsOf(source)).to.deep.equal([
      'VALIDATION_ERROR import env.first: nothing serves it',
      'VALIDATION_ERROR import env.abort: is (i32 i32 i32 i32) -> (), not (i32) -> ()',
      'VALIDATION_ERROR import a.b: nothing serves it',
      'VALIDATION_ERROR limits.memoryBytes: the module needs 8589934592 bytes of memory to begin with, ' +
        `the limit is ${LARGEST_LIMITS.memoryBytes}`,
    ]);
  });

  it('names what only a process of its own may do', () => {
    const { refusals, features } = described(
      wat('(module (type (struct (field i32))) (memory 1 2 shared))'),
    );
    expect(refusals.map(({ details, isolation }) => [details['feature'], isolation])).to.deep.equal(
      [
        ['gc', 'thread'],
        ['shared memory', 'thread'],
      ],
    );
    expect(features).to.include.members(['gc', 'shared memory']);
  });

  it('is the reason of admission, whatever else there is', () => {
    const sources = [
      '(module (import "env" "f" (func)))',
      '(module (import "wapc" "__host_error_len" (func (result i32))))',
      '(module (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))) (memory 1 1 shared))',
      '(module (type (struct (field i32))))',
      '(module (memory i64 1000000))',
    ];
    for (const source of sources) {
      const error = thrownBy(() => admitModule(wat(source), { abi: 'auto', ...LARGEST_LIMITS }));
      expect(refusalsOf(source), source).to.include(`${error.code} ${error.message}`);
    }
    expect(refusalsOf('(module (func (export "f")))')).to.deep.equal([]);
  });

  it('is a bounded list, and no list at all for what is no module', () => {
    const imports = Array.from({ length: 300 }, (_, at) => `(import "e" "f${at}" (func))`);
    expect(refusalsOf(`(module ${imports.join('')})`)).to.have.length(100);
    expect(thrownBy(() => described(new Uint8Array(9))).code).to.equal('INVALID_REQUEST');
    const cut = guestBytes('counter-c');
    expect(thrownBy(() => described(cut.slice(0, cut.length >> 1))).code).to.equal(
      'WASM_RUNTIME_ERROR',
    );
  });
});

describe('the report of a module', () => {
  const sha256 = '0'.repeat(64);

  it('shows every fact in aligned columns', () => {
    const text = moduleReport({ ...described(guestBytes('counter-c')), sha256 });
    const lines = text.split('\n');
    expect(lines).to.include.members(['abi       component, a reactor', 'calls     kv']);
    const needing = lines.filter((line) => line.includes('  needs '));
    expect(needing).to.have.length.above(3);
    expect(new Set(needing.map((line) => line.indexOf('  needs kv:'))).size).to.equal(1);
    expect(lines).to.include('admitted  yes');
    expect(lines.find((line) => line.startsWith('exports '))).to.match(/\(.*\) -> \(.*\)$/);
  });

  it('says which limits have to be raised above the defaults', () => {
    const reportOf = (source: string): string =>
      moduleReport({ ...described(wat(source)), sha256 });
    const large = reportOf('(module (memory 2000) (table 2000000 funcref))');
    expect(large).to.include(
      'needs limits.memoryBytes of at least 131072000, the default is 67108864',
    );
    expect(large).to.include(
      'needs limits.tableEntries of at least 2000000, the default is 1000000',
    );
    expect(large).to.include('admitted  yes');
    const small =
      '(module (memory 1000) (memory 24) (table 999990 funcref) (elem func $f) (func $f))';
    expect(reportOf(small)).to.not.include('needs limits');
    expect(described(wat(small)).leastLimits).to.deep.equal({
      memoryBytes: 1024 * 65_536,
      tableEntries: 999_991,
    });
  });

  it('says what Extism plug-ins need of assignments', () => {
    const plugin = moduleReport({ ...described(guestBytes('extism-plugin')), sha256 });
    expect(plugin).to.match(/var_set +needs kv:write, to remove kv:delete\n/);
    const caller = moduleReport({ ...described(guestBytes('extism-caller')), sha256 });
    expect(caller).to.match(
      /extism:host\/user (\w+) +needs config\.hostFunctions\.\1 of an assignment\n/,
    );
  });

  it('shows refusals, and prints nothing that could move a cursor', () => {
    const bytes = wat('(module (import "e\\1b[2J" "a\\0ab" (func)) (memory 1 2 shared))');
    const text = moduleReport({ ...described(bytes), sha256 });
    expect(text).to.include('refused   VALIDATION_ERROR  ');
    expect(text).to.include("(not with isolation: 'process')");
    expect(text).to.include('e\\u{1b}[2J a\\u{a}b');
    expect(text).to.not.match(/\p{C}(?<!\n)/u);
    expect(text).to.not.include('admitted');
  });
});
