import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { servedInterface } from '../../lib/wasm/component-interfaces.ts';
import { HostResultError } from '../../workers/abi/component/host-imports.ts';
import { CapabilityRefused, GuestExit, GuestTrap } from '../../workers/guest-failure.ts';
import { errorOf, type HttpLife, httpLife, outcomeOf } from './http-life.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const INTERFACES = ['http/types', 'http/outgoing-handler', 'io/streams', 'io/poll', 'io/error'];
const FUNCTIONS = INTERFACES.flatMap((path) =>
  (servedInterface(`wasi:${path}@0.2.3`)?.functions.names() ?? []).map((name) => `${path}#${name}`),
);

/** One resource of each kind that there is. */
function resources(life: HttpLife): unknown[] {
  const sent = life.request();
  const sentBody = life.types('outgoing-request.body', sent);
  const future = life.handle(sent);
  const unsent = life.request();
  const heldBody = life.types('outgoing-request.body', unsent);
  const response = life.response();
  const body = life.types('incoming-response.consume', life.response());
  const input = life.types('incoming-body.stream', body);
  const failing = life.types('incoming-response.consume', life.response());
  return [
    life.fields([['a', 'b']]),
    sent,
    unsent,
    sentBody,
    heldBody,
    life.types('outgoing-body.write', sentBody),
    life.types('outgoing-body.write', heldBody),
    future,
    life.types('future-incoming-response.subscribe', future),
    response,
    life.types('incoming-response.headers', response),
    body,
    input,
    life.streams('input-stream.subscribe', input),
    life.types('incoming-body.finish', failing),
    life.types('request-options'),
    life.types('outgoing-response', life.fields()),
    life.call('clocks/monotonic-clock#subscribe-duration', 1_000_000n),
  ];
}

const number = fc.oneof(
  fc.constantFrom(0n, 1n, 65_536n, 65_537n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
);
const argument = fc.oneof(
  { weight: 5, arbitrary: fc.nat(17).map((resource) => ({ resource })) },
  fc.constantFrom(undefined, null, '', 'host', '__proto__', 'constructor', '/'),
  fc.constantFrom({ tag: 'get' }, { tag: 'other', val: 'x' }, { tag: '__proto__' }, { tag: 1 }),
  fc.array(
    fc.nat(17).map((resource) => ({ resource })),
    { maxLength: 3 },
  ),
  fc.constantFrom([['a', new Uint8Array(3)]], [new Uint8Array(1)], [[]], [[1, 2]]),
  number,
  fc.uint8Array({ maxLength: 20 }),
  fc.anything({ withBigInt: true, withTypedArray: true }),
);
const odd: fc.Arbitrary<WireValue> = fc.oneof(
  fc.constantFrom<WireValue>(null, true, {}, [], [0], { error: 'internal-error', message: 'x' }),
  fc.constantFrom<WireValue>(
    { bytes: new Uint8Array(1), isEnd: false },
    { status: 200, headers: [] },
  ),
  fc.constantFrom<WireValue>({ capabilityId: 'c', transfer: 3 }, { error: '__proto__' }),
);

describe('any function of wasi:http and wasi:io', () => {
  it('P19 · meets any resources in any order with an answer, an error of its own or a trap', () => {
    const step = fc.tuple(fc.constantFrom(...FUNCTIONS), fc.array(argument, { maxLength: 4 }));
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.option(odd),
        (steps, answer) => {
          const life = httpLife(() => ({
            body: Buffer.from('some content'),
            headers: [['a', 'b']],
          }));
          const made = resources(life);
          let asked = 0;
          life.interfere(() => {
            asked += 1;
            if (asked > 50) throw new GuestExit(137);
            return answer ?? undefined;
          });
          const given = (value: unknown): unknown => {
            if (Array.isArray(value)) return value.map(given);
            if (typeof value !== 'object' || value === null) return value;
            return Object.hasOwn(value, 'resource')
              ? made[Number((value as { readonly resource: unknown }).resource)]
              : value;
          };
          for (const [name, args] of steps) {
            try {
              made.push(life.call(name, ...args.map(given)));
            } catch (thrown) {
              const isOurs =
                thrown instanceof HostResultError ||
                thrown instanceof GuestTrap ||
                thrown instanceof GuestExit;
              expect(isOurs, `${name}: ${String(thrown)}`).to.equal(true);
            }
          }
        },
      ),
      { numRuns: numRuns * 10 },
    );
  });

  it('P19 · ends the guest for a resource of another kind, without asking anybody', () => {
    const life = httpLife();
    const made = resources(life);
    const calls = life.host.calls.length;
    const kinds = FUNCTIONS.filter((name) => name.includes('[method]'));
    for (const name of kinds) {
      for (const value of [undefined, null, 0, {}, 'x', made[15]]) {
        if (name.includes('request-options') && value === made[15]) continue;
        expect(() => life.call(name, value, 0n), name).to.throw(GuestTrap);
      }
    }
    expect(life.host.calls).to.have.length(calls);
  });

  it('P19 · keeps no state between two lives', () => {
    const [one, two] = [httpLife(), httpLife()];
    const fields = one.fields([['a', 'b']]);
    one.types('outgoing-body.write', one.types('outgoing-request.body', one.request()));
    two.handle(two.request());
    expect(one.host.calls).to.deep.equal([]);
    expect(one.types('fields.has', fields, 'a')).to.equal(true);
  });

  it('P10 · only ever names transfers that this life has begun, with the grant that began them', () => {
    const life = httpLife(() => ({ body: Buffer.from('x') }), {
      capabilityOf: (transfer) => `c-${transfer % 2}`,
    });
    resources(life);
    for (const { operation, args } of life.host.calls) {
      if (operation === 'begin') continue;
      expect(args[0]).to.equal(`c-${Number(args[1]) % 2}`);
      expect(life.transfers[Number(args[1])]).to.be.an('object');
    }
  });

  it('W2 · lets pass through whatever ends the guest, from any operation', () => {
    const life = httpLife();
    const made = resources(life);
    life.interfere(() => {
      throw new GuestExit(137);
    });
    const calls = [
      () => life.handle(life.request()),
      () => life.streams('output-stream.write', made[5], Buffer.from('x')),
      () => life.types('future-incoming-response.get', made[7]),
      () => life.call('io/poll#poll', [made[8]]),
      () => life.streams('input-stream.read', made[12], 1n),
    ];
    for (const call of calls) expect(call).to.throw(GuestExit);
  });

  it('swallows what a provider says to a transfer that is given back', () => {
    const life = httpLife();
    life.refuse('drop', 'PERMISSION_DENIED');
    const [future] = [life.handle(life.request())];
    (future as Disposable)[Symbol.dispose]();
    life.interfere(() => {
      throw new CapabilityRefused({ code: 'TIMEOUT', message: 'late' });
    });
    expect(errorOf(() => life.handle(life.request()))).to.deep.equal({
      tag: 'HTTP-response-timeout',
    });
  });

  it('cuts the messages of a provider and of a refusal', () => {
    const life = httpLife();
    const future = life.handle(life.request());
    life.answer('head', { error: 'no-such-tag', message: 'x'.repeat(5_000) });
    const { val } = outcomeOf(life.types('future-incoming-response.get', future));
    expect(val).to.deep.equal({ tag: 'internal-error', val: `${'x'.repeat(200)}…` });
    life.interfere(() => {
      throw new CapabilityRefused({ code: 'STORAGE_ERROR', message: 'y'.repeat(5_000) });
    });
    expect(errorOf(() => life.handle(life.request()))).to.deep.equal({
      tag: 'internal-error',
      val: `${'y'.repeat(200)}…`,
    });
  });
});
