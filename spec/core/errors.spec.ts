import { extname } from 'node:path';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { ERROR_CODES, type ErrorCode } from '../../lib/core/error-codes.ts';
import {
  type ErrorResponse,
  errorFromResponse,
  invalidField,
  isWasmatrixError,
  messageOf,
  WasmatrixError,
} from '../../lib/core/errors.ts';
import { RUNS } from './property-runs.ts';

const ELEVEN = [
  'INVALID_REQUEST',
  'INSTANCE_NOT_FOUND',
  'CAPABILITY_NOT_FOUND',
  'PERMISSION_DENIED',
  'STORAGE_ERROR',
  'VALIDATION_ERROR',
  'WASM_RUNTIME_ERROR',
  'RESOURCE_EXHAUSTED',
  'TIMEOUT',
  'CRASH_DETECTED',
  'RESTART_POLICY_VIOLATION',
] as const satisfies readonly ErrorCode[];

const code = fc.constantFrom(...ELEVEN);
const details = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });

/** The same module once more, as a second copy of the package would bring it; compiled or not, as this. */
async function otherCopy(): Promise<typeof import('../../lib/core/errors.ts')> {
  const url = new URL(`../../lib/core/errors${extname(import.meta.url)}?copy`, import.meta.url);
  return (await import(url.href)) as typeof import('../../lib/core/errors.ts');
}

describe('the error table', () => {
  it('has exactly the eleven codes', () => {
    expect(Object.keys(ERROR_CODES)).to.have.members(ELEVEN).and.to.have.length(11);
  });

  it('calls those retryable whose cause may pass by itself', () => {
    const retryable = ELEVEN.filter((name) => ERROR_CODES[name].isRetryable);
    expect(retryable).to.deep.equal([
      'CAPABILITY_NOT_FOUND',
      'STORAGE_ERROR',
      'RESOURCE_EXHAUSTED',
      'TIMEOUT',
      'CRASH_DETECTED',
    ]);
  });

  it('says of each whose doing it is, whether it may pass, and when it is used', () => {
    for (const [name, facts] of Object.entries(ERROR_CODES)) {
      expect(['caller', 'guest', 'provider', 'host'], name).to.include(facts.blame);
      expect(facts.isRetryable, name).to.be.a('boolean');
      expect(facts.meaning, name).to.match(/^[A-Z].*\.$/);
    }
  });
});

describe('a WasmatrixError', () => {
  it('has the four fields of the contract as its JSON form, and neither stack nor cause', () => {
    const error = new WasmatrixError('TIMEOUT', 'too late', { timeoutMs: 5 }, { cause: 'secret' });
    const json = JSON.parse(JSON.stringify(error)) as ErrorResponse;
    expect(json).to.deep.equal({
      error_code: 'TIMEOUT',
      message: 'too late',
      details: { timeoutMs: 5 },
      timestamp: error.timestamp,
    });
    expect(new Date(json.timestamp).toISOString()).to.equal(json.timestamp);
    expect(error.cause).to.equal('secret');
  });

  it('has a cause only where one was given', () => {
    expect('cause' in new WasmatrixError('TIMEOUT', 'late')).to.equal(false);
    expect('cause' in new WasmatrixError('TIMEOUT', 'late', {}, { cause: undefined })).to.equal(
      true,
    );
  });

  it('is an Error with its own name and a stack', () => {
    const error = new WasmatrixError('TIMEOUT', 'late');
    expect(error).to.be.instanceOf(Error);
    expect(String(error)).to.equal('WasmatrixError: late');
    expect(error.stack).to.include('errors.spec');
  });

  it('P18 · comes back from its JSON form as it was', () => {
    fc.assert(
      fc.property(code, fc.string(), details, (name, message, data) => {
        const error = new WasmatrixError(name, message, data);
        const response = JSON.parse(JSON.stringify(error)) as ErrorResponse;
        const back = errorFromResponse(response);
        expect(back.toJSON()).to.deep.equal(response);
        expect(isWasmatrixError(back)).to.equal(true);
        expect(back.timestamp).to.equal(error.timestamp);
      }),
      RUNS,
    );
  });

  it('P18 · names the field of a bad request in its details and in its message', () => {
    const error = invalidField('limits.mailbox', 'must be an integer', { min: 0 });
    expect(error.code).to.equal('INVALID_REQUEST');
    expect(error.details).to.deep.equal({ field: 'limits.mailbox', min: 0 });
    expect(error.message).to.equal('limits.mailbox: must be an integer');
  });
});

describe('isWasmatrixError', () => {
  it('recognises the errors of another copy of the package, both ways', async () => {
    const other = await otherCopy();
    expect(other.WasmatrixError).to.not.equal(WasmatrixError);
    const foreign = new other.WasmatrixError('STORAGE_ERROR', 'x');
    expect(foreign).to.not.be.instanceOf(WasmatrixError);
    expect(isWasmatrixError(foreign)).to.equal(true);
    expect(other.isWasmatrixError(new WasmatrixError('TIMEOUT', 'x'))).to.equal(true);
  });

  it('recognises plain data that carries name and code, as a copying channel leaves it', () => {
    for (const name of ELEVEN) {
      const copy: unknown = structuredClone({ name: 'WasmatrixError', code: name });
      expect(isWasmatrixError(copy), name).to.equal(true);
    }
  });

  it('recognises an error that crossed by its JSON form, which a structured clone strips', () => {
    const error = new WasmatrixError('TIMEOUT', 'late', { field: 'x' });
    const stripped: unknown = structuredClone(error);
    expect(isWasmatrixError(stripped), 'clones of errors lose name and code').to.equal(false);
    const back = errorFromResponse(structuredClone(error.toJSON()));
    expect(isWasmatrixError(back)).to.equal(true);
    expect(back.details).to.deep.equal({ field: 'x' });
  });

  it('recognises one by its brand, whatever it is called', () => {
    const renamed = Object.defineProperty(new WasmatrixError('TIMEOUT', 'x'), 'name', {
      value: 'Renamed',
    });
    expect(isWasmatrixError(renamed)).to.equal(true);
    const branded = (value: unknown): unknown => ({ [Symbol.for('wasmatrix.error')]: value });
    expect(isWasmatrixError(branded(true))).to.equal(true);
    expect(isWasmatrixError(branded(false))).to.equal(false);
  });

  it('takes nothing else for one', () => {
    const others: unknown[] = [
      undefined,
      null,
      0,
      'TIMEOUT',
      new Error('x'),
      {},
      [],
      { name: 'WasmatrixError' },
      { name: 'WasmatrixError', code: 'NO_SUCH_CODE' },
      { name: 'WasmatrixError', code: 'constructor' },
      { name: 'WasmatrixError', code: '__proto__' },
      { name: 'WasmatrixError', code: 7 },
      { name: 'WasmatrixError', code: ['TIMEOUT'] },
      { name: 'Error', code: 'TIMEOUT' },
      Object.assign(new Error('x'), { code: 'ENOENT' }),
    ];
    for (const value of others) expect(isWasmatrixError(value)).to.equal(false);
  });
});

describe('the message of whatever was thrown', () => {
  it('is a bounded string for any value at all', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), fc.nat(40), (thrown, maxLength) => {
        const message = messageOf(thrown, maxLength);
        expect(message).to.be.a('string');
        expect(message.length).to.be.at.most(maxLength + 1);
      }),
      RUNS,
    );
  });

  it('survives values that refuse to be printed', () => {
    const hostile = {
      toString: () => {
        throw new Error('no');
      },
    };
    expect(messageOf(hostile)).to.equal('unprintable value');
    expect(messageOf(Object.create(null))).to.equal('unprintable value');
    expect(messageOf(Symbol('s'))).to.equal('Symbol(s)');
  });

  it('is a string even where an error carries something else as its message', () => {
    const odd = Object.assign(new Error('x'), { message: { length: 1 } as unknown as string });
    expect(messageOf(odd)).to.be.a('string');
    const hostile = new Error('x');
    Object.defineProperty(hostile, 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(messageOf(hostile)).to.equal('unprintable value');
  });

  it('is cut at 2,000 characters by default', () => {
    expect(messageOf(new Error('x'.repeat(5_000)))).to.equal(`${'x'.repeat(2_000)}…`);
    expect(messageOf('x'.repeat(2_000))).to.have.length(2_000);
  });
});
