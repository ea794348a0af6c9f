import { expect } from 'chai';
import type { CapabilityFailure, WireValue } from '../../lib/core/provider.ts';
import { drop, errorOf, httpLife, outcomeOf, readAll, receiving } from './http-life.ts';

const TAKEN = { tag: 'err', val: undefined };
const UNEXPECTED = {
  tag: 'internal-error',
  val: 'the provider answered in an unexpected form',
};

describe('future-incoming-response of wasi:http', () => {
  it('has nothing before the head is there, then a response, then nothing to take', () => {
    const life = httpLife(() => ({ status: 404, afterMs: 20 }));
    const future = life.handle(life.request());
    const get = (): unknown => life.types('future-incoming-response.get', future);
    expect(get()).to.equal(undefined);
    life.host.sleep(19);
    expect(get()).to.equal(undefined);
    life.host.sleep(1);
    const { val } = outcomeOf(get());
    expect(life.types('incoming-response.status', val)).to.equal(404);
    expect([get(), get()]).to.deep.equal([TAKEN, TAKEN]);
    expect(life.host.calls.at(-1)?.args.at(-1)).to.equal(0);
    const pollable = life.types('future-incoming-response.subscribe', future);
    expect(life.call('io/poll#[method]pollable.ready', pollable)).to.equal(true);
  });

  it('gives the transfer back when it is dropped before the response was taken, and only then', () => {
    const life = httpLife();
    drop(life.handle(life.request()));
    const future = life.handle(life.request());
    outcomeOf(life.types('future-incoming-response.get', future));
    drop(future);
    expect(life.transfers.map(({ isDropped }) => isDropped)).to.deep.equal([true, false]);
  });

  const REFUSALS: readonly [CapabilityFailure['code'], string][] = [
    ['PERMISSION_DENIED', 'HTTP-request-denied'],
    ['CAPABILITY_NOT_FOUND', 'destination-unavailable'],
    ['TIMEOUT', 'HTTP-response-timeout'],
    ['RESOURCE_EXHAUSTED', 'connection-limit-reached'],
    ['INVALID_REQUEST', 'internal-error'],
    ['STORAGE_ERROR', 'internal-error'],
  ];
  for (const [code, tag] of REFUSALS) {
    it(`P4 · tells of ${code} as ${tag}, when a request is sent as later`, () => {
      const life = httpLife();
      const future = life.handle(life.request());
      for (const operation of ['begin', 'head']) life.refuse(operation, code);
      expect(errorOf(() => life.handle(life.request()))).to.have.property('tag', tag);
      const outcome = outcomeOf(life.types('future-incoming-response.get', future));
      const expected = code === 'RESOURCE_EXHAUSTED' ? 'HTTP-response-header-section-size' : tag;
      expect(outcome).to.have.nested.property('val.tag', expected);
      expect(life.transfers).to.have.length(1);
      expect(life.transfers[0]).to.include({ isDropped: true });
    });
  }

  it('names limits and deadlines after the direction in which they were met', () => {
    const codes: [string, CapabilityFailure['code'], string][] = [
      ['write', 'TIMEOUT', 'connection-write-timeout'],
      ['finish', 'TIMEOUT', 'connection-write-timeout'],
      ['write', 'RESOURCE_EXHAUSTED', 'HTTP-request-body-size'],
      ['read', 'TIMEOUT', 'connection-read-timeout'],
      ['read', 'RESOURCE_EXHAUSTED', 'HTTP-response-body-size'],
    ];
    for (const [operation, code, tag] of codes) {
      const life = httpLife(() => ({ body: Buffer.from('x') }));
      life.refuse(operation, code);
      let error: unknown;
      if (operation === 'read') {
        error = readAll(life, receiving(life).stream, [9n], 'read').code;
      } else {
        const request = life.request();
        const body = life.types('outgoing-request.body', request);
        const stream = life.types('outgoing-body.write', body);
        life.handle(request);
        if (operation === 'write') {
          errorOf(() => life.streams('output-stream.write', stream, Buffer.from('x')));
        }
        drop(stream);
        error = errorOf(() => life.types('outgoing-body.finish', body, undefined));
      }
      expect(error, `${operation} ${code}`).to.have.property('tag', tag);
    }
  });

  it('P19 · trusts no answer of a provider', () => {
    const odd: [operation: string, answers: WireValue[]][] = [
      [
        'begin',
        [null, 1, {}, { capabilityId: 'c' }, { transfer: 1 }, { capabilityId: 1, transfer: 1 }]
          .concat([
            { capabilityId: 'c', transfer: 1.5 },
            { capabilityId: 'c', transfer: '1' },
          ] as never)
          .concat([{ error: 1 }, { capabilityId: 'c'.repeat(2_000), transfer: 1 }] as never),
      ],
      [
        'head',
        [
          true,
          5,
          'x',
          [],
          {},
          { status: 200 },
          { status: 99, headers: [] },
          { error: null },
        ].concat([
          { status: 1_000, headers: [] },
          { status: 200.5, headers: [] },
          { status: 200, headers: {} },
          { status: 200, headers: [['a', 'text']] },
          { status: 200, headers: [['a\r\n', Buffer.from('b')]] },
          { status: 200, headers: [['a', Buffer.from('b'), 1]] },
          { status: 200, headers: [null] },
        ] as never),
      ],
    ];
    for (const [operation, answers] of odd) {
      for (const answer of answers) {
        const life = httpLife();
        life.answer(operation, answer);
        const error =
          operation === 'begin'
            ? errorOf(() => life.handle(life.request()))
            : outcomeOf(life.types('future-incoming-response.get', life.handle(life.request())))
                .val;
        expect(error, JSON.stringify(answer)).to.deep.equal(UNEXPECTED);
      }
    }
  });

  it('P19 · refuses headers for which the guest has no room left', () => {
    const life = httpLife(() => ({ headers: [['n', 'x'.repeat(60_000)]] }), {
      payloadBytes: 1_000,
    });
    const kept = life.response();
    const future = life.handle(life.request());
    const outcome = outcomeOf(life.types('future-incoming-response.get', future));
    const code = { tag: 'HTTP-response-header-section-size', val: 60_001 };
    expect(outcome).to.deep.equal({ tag: 'err', val: code });
    expect(life.transfers[1]).to.include({ isDropped: true });
    drop(kept);
    expect(life.response()).to.be.an('object');
  });
});
