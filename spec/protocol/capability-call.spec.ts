import assert from 'node:assert/strict';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { ERROR_CODES, type ErrorCode } from '../../lib/core/error-codes.ts';
import { WasmatrixError } from '../../lib/core/errors.ts';
import type { CapabilityFailure, WireValue } from '../../lib/core/provider.ts';
import {
  failureOf,
  readCall,
  readFailure,
  writeCall,
  writeFailure,
} from '../../lib/protocol/capability-call.ts';
import { WireError, WireWriter } from '../../lib/protocol/wire-codec.ts';
import { RUNS } from '../core/property-runs.ts';

const TELLABLE: readonly CapabilityFailure['code'][] = [
  'PERMISSION_DENIED',
  'CAPABILITY_NOT_FOUND',
  'STORAGE_ERROR',
  'INVALID_REQUEST',
  'RESOURCE_EXHAUSTED',
  'TIMEOUT',
];
const text = fc.string({ unit: 'binary' });

describe('a capability call on the wire', () => {
  it('P16 · comes out as it went in, whatever was written before', () => {
    const writer = new WireWriter(100_000);
    const argument: fc.Arbitrary<WireValue> = fc.oneof(
      text,
      fc.uint8Array(),
      fc.integer(),
      fc.constant(undefined),
      fc.array(text),
    );
    const narrowed = fc.oneof(
      fc.constant({}),
      fc.constant({ isHostFunction: true }),
      fc.record({ capabilityId: text }),
    );
    fc.assert(
      fc.property(text, text, fc.array(argument), narrowed, (family, operation, args, more) => {
        const call = { family, operation, args, ...more };
        writeCall(writer, call);
        assert.deepStrictEqual(readCall(writer.written), call);
      }),
      RUNS,
    );
  });

  it('is refused with anything behind it, or with parts of other types', () => {
    const writer = new WireWriter(1_000);
    writeCall(writer, { family: 'kv', operation: 'get', args: [] });
    writer.value(null);
    expect(() => readCall(writer.written)).to.throw(WireError, 'behind');
    writeCall(writer, { family: 'kv', operation: 'get', args: [], capabilityId: 'kv' });
    writer.value(true);
    expect(() => readCall(writer.written)).to.throw(WireError, 'behind');
    const others: WireValue[][] = [
      [1, 'get', []],
      ['kv', null, []],
      ['kv', 'get', 'x'],
      ['kv', 'get', { length: 0 }],
    ];
    for (const sequence of others) {
      writer.reset();
      for (const value of sequence) writer.value(value);
      expect(() => readCall(writer.written)).to.throw(WireError, 'not a call');
    }
  });
});

describe('a failed capability call', () => {
  it('P16 · comes out with its code and the beginning of its message', () => {
    const writer = new WireWriter(100_000);
    fc.assert(
      fc.property(fc.constantFrom(...TELLABLE), text, (code, message) => {
        writeFailure(writer, { code, message, details: { secret: 1 } });
        expect(readFailure(writer.written)).to.deep.equal({ code, message });
      }),
      RUNS,
    );
    writeFailure(writer, { code: 'TIMEOUT', message: 'x'.repeat(5_000) });
    expect(readFailure(writer.written).message).to.have.length(1_000);
  });

  it('keeps the codes that a provider may give and calls every other a storage error', () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const failure = failureOf(new WasmatrixError(code, 'message', { a: 1 }));
      const isTellable = (TELLABLE as readonly string[]).includes(code);
      expect(failure.code).to.equal(isTellable ? code : 'STORAGE_ERROR');
      expect(failure.message).to.equal('message');
    }
  });

  it('tells the guest nothing of a foreign exception', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        const expected = { code: 'STORAGE_ERROR', message: 'the provider failed' };
        expect(failureOf(thrown)).to.deep.equal(expected);
        expect(failureOf(new Error('secret path', { cause: thrown }))).to.deep.equal(expected);
      }),
      RUNS,
    );
  });

  it('of a provider that has its own copy of the package keeps its code', async () => {
    const url = new URL('../../lib/core/errors.js?provider', import.meta.url);
    const other = (await import(url.href)) as typeof import('../../lib/core/errors.ts');
    const failure = failureOf(new other.WasmatrixError('INVALID_REQUEST', 'no such key'));
    expect(failure).to.include({ code: 'INVALID_REQUEST', message: 'no such key' });
  });
});
