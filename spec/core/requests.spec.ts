import { expect } from 'chai';
import * as fc from 'fast-check';
import { checkedAssignment } from '../../lib/core/capability-assignment.ts';
import { callTimeout, resolveLimits, stopGrace } from '../../lib/core/limits.ts';
import { copiedPayload } from '../../lib/core/plain-payload.ts';
import { thrownBy } from '../thrown.ts';
import { RUNS } from './property-runs.ts';

describe('an assignment on its own', () => {
  it('P18 · names its fields below the name it is given', () => {
    const bad = { capabilityId: 'a', providerType: 'kv', permissions: ['nope'] };
    const error = thrownBy(() => checkedAssignment(bad, 'assignment'));
    expect(error.details['field']).to.equal('assignment.permissions[0]');
  });

  it('keeps a copy with its configuration filled in', () => {
    const given = { capabilityId: 'a', providerType: 'kv', permissions: ['kv:read', 'kv:write:a'] };
    const kept = checkedAssignment(given, 'x');
    expect(kept).to.deep.equal({ ...given, config: {} });
    given.permissions.push('kv:delete');
    expect(kept.permissions).to.deep.equal(['kv:read', 'kv:write:a']);
  });
});

describe('deadlines given with one request', () => {
  const limits = resolveLimits({ callTimeoutMs: 77 });

  it('P18 · fall back to the limit of the instance and are bounded', () => {
    expect(callTimeout(undefined, limits)).to.equal(77);
    expect(callTimeout(5, limits)).to.equal(5);
    expect(stopGrace(undefined, 9)).to.equal(9);
    expect(stopGrace(0, 9)).to.equal(0);
    for (const value of [0, -1, 2 ** 31, 1.5, '5', null, Number.NaN, Number.POSITIVE_INFINITY]) {
      const error = thrownBy(() => callTimeout(value, limits));
      expect(error.details['field']).to.equal('timeoutMs');
    }
    for (const value of [-1, 2 ** 31, '5', null]) {
      expect(thrownBy(() => stopGrace(value, 9)).details['field']).to.equal('graceMs');
    }
  });
});

describe('the arguments of a call', () => {
  const plain = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, undefined, true, 5, 5n),
      fc.string(),
      fc.uint8Array({ maxLength: 20 }),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(fc.string({ maxLength: 4 }), tie('any'), { maxKeys: 4 }),
    ),
  })).any;

  it('P18 · are accepted when plain and far below the limit', () => {
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 3 }), (args) => {
        expect(copiedPayload(args, 1_000_000)).to.deep.equal(args);
      }),
      RUNS,
    );
  });

  it('P18 · are refused, naming the argument, where one holds more bytes than the limit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(2), (limit, place) => {
        for (const make of [
          (n: number) => new Uint8Array(n),
          (n: number) => 'x'.repeat(n),
          (n: number) => ({ deep: [new Uint8Array(n)] }),
        ]) {
          const args: unknown[] = [1, 2, 3];
          args[place] = make(limit + 1);
          const error = thrownBy(() => copiedPayload(args, limit));
          expect(error.code).to.equal('RESOURCE_EXHAUSTED');
          expect(String(error.details['field'])).to.match(new RegExp(`^args\\[${place}\\]`));
        }
        expect(() =>
          copiedPayload([new Uint8Array(limit), 'x'.repeat(limit)], limit),
        ).to.not.throw();
      }),
      RUNS,
    );
  });

  it('P18 · are refused where they are no plain data', () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    const bad: unknown[] = [
      () => 1,
      Symbol('x'),
      new Map(),
      new Date(),
      cyclic,
      new ArrayBuffer(1),
    ];
    bad.push(new Uint8Array(new SharedArrayBuffer(1)), new URL('file:///'), new Error('x'), /x/);
    for (const value of bad) {
      for (const args of [[value], [{ inner: value }]]) {
        const error = thrownBy(() => copiedPayload(args, 1_000));
        expect(error.code).to.equal('INVALID_REQUEST');
        expect(String(error.details['field'])).to.match(/^args\[0\]/);
      }
    }
  });

  it('P18 · are refused, naming the argument, where reading them throws or a number is too long', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const getter = {
      get a(): number {
        throw new Error('mine');
      },
    };
    const detached = new DataView(new ArrayBuffer(8));
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    for (const value of [proxy, getter, detached, 2n ** 64n, -(2n ** 63n) - 1n, 1n << 100_000n]) {
      for (const args of [
        [0, value],
        [0, [value]],
      ]) {
        const error = thrownBy(() => copiedPayload(args, 1_000));
        expect(error.code).to.equal('INVALID_REQUEST');
        expect(error.details['field']).to.equal('args[1]');
      }
    }
    expect(copiedPayload([2n ** 64n - 1n, -(2n ** 63n)], 9)).to.have.length(2);
  });

  it('are copied, so that nothing that happens to them later changes the call', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const given = { bytes, list: [1, { deep: 'a' }] as unknown[] };
    const [copy] = copiedPayload([given], 1_000);
    bytes[0] = 9;
    given.list.push(4);
    Object.assign(given.list[1] as object, { deep: 'b' });
    expect(copy).to.deep.equal({ bytes: new Uint8Array([1, 2, 3]), list: [1, { deep: 'a' }] });
  });

  it('bring of a view the bytes that it shows, and keep its kind', () => {
    const buffer = new ArrayBuffer(4_096);
    const views = [
      Buffer.from(buffer, 8, 8),
      new Uint8ClampedArray(buffer, 8, 8),
      new Int8Array(buffer, 8, 8),
      new Int16Array(buffer, 8, 4),
      new Uint16Array(buffer, 8, 4),
      new Int32Array(buffer, 8, 2),
      new Uint32Array(buffer, 8, 2),
      new Float32Array(buffer, 8, 2),
      new Float64Array(buffer, 8, 1),
      new BigInt64Array(buffer, 8, 1),
      new BigUint64Array(buffer, 8, 1),
      new DataView(buffer, 8, 8),
    ];
    new Uint8Array(buffer, 8, 8).set([1, 2, 3, 4, 5, 6, 7, 8]);
    const copies = copiedPayload(views, 8) as ArrayBufferView[];
    const kinds = copies.map((copy) => copy.constructor);
    expect(kinds).to.deep.equal([
      Uint8Array,
      Uint8ClampedArray,
      Int8Array,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
      BigInt64Array,
      BigUint64Array,
      DataView,
    ]);
    for (const copy of copies) {
      expect(copy.buffer.byteLength).to.equal(8);
      expect([...new Uint8Array(copy.buffer)]).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    }
  });

  it('P18 · are refused where one is a view of a kind that no guest knows', () => {
    const half = new (globalThis as never as { Float16Array: typeof Float32Array }).Float16Array(1);
    const error = thrownBy(() => copiedPayload([half], 100));
    expect(error.message).to.equal('args[0]: is a view of an unknown kind');
  });

  it('P18 · have, as an HTTP request, a body and headers that are measured apart', () => {
    const limit = 200;
    const request = {
      path: '/',
      body: new Uint8Array(limit),
      headers: { x: 'v'.repeat(65_536) },
    };
    expect(copiedPayload([request], limit)).to.deep.equal([request]);
    const refusals: readonly (readonly [string, object])[] = [
      ['args[0].body', { ...request, body: new Uint8Array(limit + 1) }],
      ['args[0].headers', { ...request, headers: { x: 'v'.repeat(65_537 + limit) } }],
      ['args[0]', { ...request, url: 'u'.repeat(limit) }],
      ['args[0]', { ...request, other: 'x' }],
      ['args[0]', { body: new Uint8Array(limit) }],
    ];
    for (const [field, refused] of refusals) {
      const error = thrownBy(() => copiedPayload([refused], limit));
      expect(error.code, field).to.equal('RESOURCE_EXHAUSTED');
      expect(error.details['field']).to.equal(field);
    }
    expect(thrownBy(() => copiedPayload([request, 1], limit)).code).to.equal('RESOURCE_EXHAUSTED');
    const { body } = copiedPayload([request], limit)[0] as typeof request;
    expect(body).not.to.equal(request.body);
  });

  it('have undefined for a hole, which counts like any value', () => {
    const sparse: unknown[] = [];
    sparse[2] = 1;
    expect(copiedPayload([sparse], 24)).to.deep.equal([[undefined, undefined, 1]]);
    sparse.length = 2 ** 32 - 1;
    expect(thrownBy(() => copiedPayload([sparse], 1_000)).code).to.equal('RESOURCE_EXHAUSTED');
  });

  it('may have any key', () => {
    const [copy] = copiedPayload([JSON.parse('{ "__proto__": { "a": 1 } }')], 100);
    expect(Object.getPrototypeOf(copy)).to.equal(Object.prototype);
    expect(JSON.stringify(copy)).to.equal('{"__proto__":{"a":1}}');
  });

  it('are measured in bounded work, however often one object appears in them', () => {
    let value: unknown = 'x';
    for (let depth = 0; depth < 50; depth++) value = [value, value];
    expect(thrownBy(() => copiedPayload([value], 100_000)).code).to.equal('RESOURCE_EXHAUSTED');
  });
});
