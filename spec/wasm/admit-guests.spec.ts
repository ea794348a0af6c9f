import { expect } from 'chai';
import * as fc from 'fast-check';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import { guestBytes } from '../guests/guest-file.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const OPTIONS = { abi: 'auto', memoryBytes: 67_108_864, tableEntries: 1_000_000 } as const;
const CODES = ['INVALID_REQUEST', 'VALIDATION_ERROR', 'WASM_RUNTIME_ERROR'];

const GUESTS: readonly [name: string, facts: object][] = [
  ['core', { abi: 'core', life: 'reactor', families: [], hasOutput: false }],
  ['hello-c', { abi: 'wasi', life: 'command', families: [], hasOutput: true }],
  ['reactor-c', { abi: 'wasi', life: 'reactor', families: [], hasOutput: false }],
  ['extism-plugin', { abi: 'extism', life: 'reactor', families: ['http', 'kv'], hasOutput: true }],
  ['shims-as', { abi: 'core', life: 'reactor', families: [], hasOutput: true }],
  [
    'extism-caller',
    {
      abi: 'extism',
      families: [],
      hostFunctions: [
        { name: 'greet', params: ['i64'], results: ['i64'] },
        { name: 'note', params: ['i64'], results: [] },
        { name: 'join', params: ['i64', 'i64'], results: ['i64'] },
        { name: '__proto__', params: ['i64'], results: ['i64'] },
      ],
    },
  ],
  ['wapc-guest', { abi: 'wapc', life: 'reactor', families: [], namesFamilies: true }],
  ['wapc-main', { abi: 'wapc', life: 'reactor', families: [], hasOutput: true }],
  ['extism-wasi', { abi: 'extism', life: 'reactor', families: [], hasOutput: true }],
  ['counter-c', { abi: 'component', life: 'reactor', families: ['kv'] }],
  ['counter-as', { abi: 'component', life: 'reactor', families: ['kv'] }],
  ['counter-draft2', { abi: 'component', life: 'reactor', families: ['kv'] }],
  ['command-c', { abi: 'component', life: 'command', families: [] }],
];

describe('admission of the real guests', () => {
  for (const [name, facts] of GUESTS) {
    it(`recognises ${name}, and what it compiles to is valid`, () => {
      const { admitted, coreModules } = admitModule(guestBytes(name), OPTIONS);
      expect(admitted).to.deep.include(facts);
      for (const bytes of coreModules) expect(WebAssembly.validate(bytes)).to.equal(true);
    });
  }

  it('answers any mutation of them with a module or one of its own errors', () => {
    const originals = GUESTS.map(([name]) => guestBytes(name));
    const fractions = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const changes = fc.array(fc.tuple(fractions, fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...originals), changes, fc.boolean(), (original, all, isHead) => {
        const bytes = original.slice();
        const reach = isHead ? Math.min(600, bytes.length) : bytes.length;
        for (const [where, byte] of all) bytes[Math.floor(where * reach)] = byte;
        try {
          admitModule(bytes, OPTIONS);
        } catch (error) {
          if (!isWasmatrixError(error)) throw error;
          expect(error.code).to.be.oneOf(CODES);
        }
      }),
      { numRuns: numRuns * 5 },
    );
  });

  it('answers any truncation of them likewise', () => {
    for (const [name] of GUESTS) {
      const bytes = guestBytes(name);
      for (let length = 0; length < Math.min(bytes.length, 400); length++) {
        try {
          admitModule(bytes.subarray(0, length), OPTIONS);
        } catch (error) {
          if (!isWasmatrixError(error)) throw error;
          expect(error.code).to.be.oneOf(CODES);
        }
      }
    }
  });
});
