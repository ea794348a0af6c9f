import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { drop, type HttpLife, httpLife, outcomeOf } from './http-life.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const PAYLOAD = { payloadBytes: 1_048_576 };

/** A server that takes as many milliseconds as the path says. */
function timed(capabilityOf?: (transfer: number) => string): HttpLife {
  const respond = ({ url }: { readonly url: string }) => ({
    afterMs: Number(new URL(url).pathname.slice(1)),
  });
  return httpLife(respond, capabilityOf === undefined ? PAYLOAD : { ...PAYLOAD, capabilityOf });
}

function sent(life: HttpLife, afterMs: number): unknown {
  const request = life.request();
  life.types('outgoing-request.set-path-with-query', request, `/${afterMs}`);
  return life.handle(request);
}

function arrival(life: HttpLife, afterMs: number): unknown {
  return life.types('future-incoming-response.subscribe', sent(life, afterMs));
}

function timer(life: HttpLife, ms: number): unknown {
  return life.call('clocks/monotonic-clock#subscribe-duration', BigInt(Math.round(ms * 1e6)));
}

function polled(life: HttpLife, pollables: readonly unknown[]): number[] {
  return [...(life.call('io/poll#poll', pollables) as Uint32Array)];
}

function waits(life: HttpLife): readonly (readonly WireValue[])[] {
  return life.host.calls.filter(({ operation }) => operation === 'wait').map(({ args }) => args);
}

const nowMs = (life: HttpLife): number => Number(life.host.monotonicClockNs()) / 1e6;

describe('polling responses and timers', () => {
  it('wakes up for the first of them and names exactly those that are ready', () => {
    const times = fc.array(fc.nat(40_000), { maxLength: 6 });
    fc.assert(
      fc.property(times, times, (responses, timers) => {
        fc.pre(responses.length + timers.length > 0);
        const life = timed();
        const pollables = [
          ...responses.map((ms) => arrival(life, ms)),
          ...timers.map((ms) => timer(life, ms)),
        ];
        const dueMs = [...responses, ...timers];
        const ready = polled(life, pollables);
        expect(nowMs(life)).to.equal(Math.min(...dueMs));
        expect(ready).to.deep.equal([...dueMs.keys()].filter((at) => dueMs[at]! <= nowMs(life)));
        for (const args of waits(life)) expect(args[2]).to.be.within(0, 1_000);
        const states = pollables.map((each) => life.call('io/poll#[method]pollable.ready', each));
        expect(states).to.deep.equal(dueMs.map((ms) => ms <= nowMs(life)));
      }),
      { numRuns },
    );
  });

  it('asks several grants in turn, and names only what is ready', () => {
    const times = fc.array(fc.nat(2_000), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(times, (dueMs) => {
        const life = timed((transfer) => `c-${transfer % 3}`);
        const pollables = dueMs.map((ms) => arrival(life, ms));
        const ready = polled(life, pollables);
        expect(ready).to.have.length.greaterThan(0);
        for (const at of ready) expect(dueMs[at]).to.be.at.most(nowMs(life));
        expect(nowMs(life)).to.be.at.most(Math.min(...dueMs) + 60);
      }),
      { numRuns },
    );
  });

  it('does not wait where something is ready, but asks about the rest', () => {
    const life = timed();
    const [slow, fast] = [arrival(life, 500), arrival(life, 0)];
    expect(polled(life, [slow, timer(life, 0), fast])).to.deep.equal([1, 2]);
    expect(waits(life)).to.deep.equal([
      [
        'c-http',
        [
          [0, 'head'],
          [1, 'head'],
        ],
        0,
      ],
    ]);
    expect(nowMs(life)).to.equal(0);
  });

  it('asks once about what is listed many times', () => {
    const life = timed();
    const [one, two] = [sent(life, 30), sent(life, 40)];
    const subscribe = (future: unknown): unknown =>
      life.types('future-incoming-response.subscribe', future);
    const pollables = [one, two, one, one].map(subscribe);
    expect(polled(life, [...pollables, ...pollables])).to.deep.equal([0, 2, 3, 4, 6, 7]);
    expect(waits(life)).to.deep.equal([
      [
        'c-http',
        [
          [0, 'head'],
          [1, 'head'],
        ],
        1_000,
      ],
    ]);
  });

  it('waits for the body as for the head', () => {
    const life = httpLife(() => ({ body: Buffer.from('ab'), pieceBytes: 1, betweenMs: 70 }));
    const body = life.types('incoming-response.consume', life.response());
    const stream = life.types('incoming-body.stream', body);
    const more = life.streams('input-stream.subscribe', stream);
    for (const [atMs, length] of [
      [0, 1],
      [70, 1],
    ] as const) {
      life.call('io/poll#[method]pollable.block', more);
      expect(nowMs(life)).to.equal(atMs);
      expect(life.streams('input-stream.read', stream, 9n)).to.have.length(length);
    }
    life.call('io/poll#[method]pollable.block', more);
    expect(nowMs(life)).to.equal(70);
    expect(waits(life).map(([, events]) => events)).to.deep.equal([[[0, 'body']], [[0, 'body']]]);
  });

  it('asks in parts about more than one call takes, and still finds the one that is ready', () => {
    const life = timed();
    const pollables = Array.from({ length: 1_100 }, () => arrival(life, 60_000));
    pollables.push(arrival(life, 10));
    expect(polled(life, pollables)).to.deep.equal([1_100]);
    const lengths = waits(life).map(([, events]) => (events as readonly WireValue[]).length);
    expect(new Set(lengths)).to.deep.equal(new Set([1_024, 77]));
  });

  it('is ready at once where nothing can come any more', () => {
    const life = timed();
    const future = sent(life, 60_000);
    const pollable = life.types('future-incoming-response.subscribe', future);
    drop(future);
    expect(polled(life, [pollable])).to.deep.equal([0]);
    expect(waits(life)).to.deep.equal([]);
  });

  it('P4 · ends where the grant has ended, and the response tells of it', () => {
    const life = timed();
    const futures = [sent(life, 60_000), sent(life, 60_000)];
    const pollables = futures.map((each) => life.types('future-incoming-response.subscribe', each));
    life.refuse('wait', 'PERMISSION_DENIED');
    expect(polled(life, [...pollables, timer(life, 99)])).to.deep.equal([0, 1]);
    for (const future of futures) {
      expect(outcomeOf(life.types('future-incoming-response.get', future))).to.deep.equal({
        tag: 'err',
        val: { tag: 'HTTP-request-denied' },
      });
    }
  });

  it('P19 · trusts no answer about what is ready', () => {
    const answers: WireValue[] = [
      null,
      true,
      {},
      [1],
      [-1],
      [0.5],
      ['0'],
      [0, 0],
      [null],
      { error: 'x' },
    ];
    for (const answer of answers) {
      const life = timed();
      const future = sent(life, 60_000);
      life.answer('wait', answer);
      expect(
        polled(life, [life.types('future-incoming-response.subscribe', future)]),
      ).to.deep.equal([0]);
      expect(outcomeOf(life.types('future-incoming-response.get', future))).to.have.nested.property(
        'val.tag',
        'internal-error',
      );
    }
  });
});
