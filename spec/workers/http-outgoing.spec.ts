import { expect } from 'chai';
import * as fc from 'fast-check';
import { GuestTrap } from '../../workers/guest-failure.ts';
import { begun, bytes, drop, errorOf, httpLife, sending } from './http-life.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const PIECE = 65_536;
const CLOSED = { tag: 'closed' };

describe('outgoing-body of wasi:http', () => {
  const piece = fc.uint8Array({ minLength: 0, maxLength: 40 });

  it('arrives whole and in order, however much of it was written before the request was sent', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.array(piece, { maxLength: 8 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 50 }),
        (before, after, isPlain, payloadBytes) => {
          const life = httpLife(undefined, { payloadBytes });
          const { request, body, stream } = sending(life);
          const write = isPlain ? 'write' : 'blocking-write-and-flush';
          for (const each of before) life.streams(`output-stream.${write}`, stream, each);
          const future = life.handle(request);
          for (const each of after) life.streams(`output-stream.${write}`, stream, each);
          drop(stream);
          life.types('outgoing-body.finish', body, undefined);
          const all = [...before, ...after].flatMap((each) => [...each]);
          const [transfer] = life.transfers;
          expect(transfer).to.deep.include({ sent: all, isFinished: true, isDropped: false });
          for (const { operation, args } of life.host.calls) {
            if (operation === 'write') expect(args[2]).to.have.length.within(1, payloadBytes);
          }
          drop(future);
          expect(transfer).to.have.property('isDropped', true);
        },
      ),
      { numRuns },
    );
  });

  it('is none where it was finished empty before the request was sent', () => {
    const life = httpLife();
    const { request, body, stream } = sending(life);
    drop(stream);
    life.types('outgoing-body.finish', body, undefined);
    life.handle(request);
    expect(begun(life)['hasBody']).to.equal(false);
    expect(life.host.calls.map(({ operation }) => operation)).to.deep.equal(['begin']);
  });

  it('is had once, and so is its stream', () => {
    const { types, request } = httpLife();
    const asked = request();
    const body = types('outgoing-request.body', asked);
    expect(errorOf(() => types('outgoing-request.body', asked))).to.equal(undefined);
    types('outgoing-body.write', body);
    expect(errorOf(() => types('outgoing-body.write', body))).to.equal(undefined);
  });

  it('must not end while its stream is there, nor twice', () => {
    const { types, request } = httpLife();
    for (const end of [(body: unknown) => types('outgoing-body.finish', body, undefined), drop]) {
      const body = types('outgoing-request.body', request());
      const stream = types('outgoing-body.write', body);
      expect(() => end(body)).to.throw(GuestTrap);
      drop(stream);
      end(body);
      expect(() => types('outgoing-body.finish', body, undefined)).to.throw(GuestTrap);
    }
  });

  it('takes what check-write permits and traps on a byte more', () => {
    const life = httpLife();
    const { request, stream } = sending(life);
    life.handle(request);
    const permitted = life.streams('output-stream.check-write', stream) as bigint;
    expect(permitted).to.equal(BigInt(PIECE));
    life.streams('output-stream.write', stream, new Uint8Array(PIECE));
    life.streams('output-stream.write-zeroes', stream, permitted);
    life.streams('output-stream.blocking-write-zeroes-and-flush', stream, permitted);
    expect(life.transfers[0]?.sent).to.have.length(3 * PIECE);
    const tooMuch = [
      () => life.streams('output-stream.write', stream, new Uint8Array(PIECE + 1)),
      () => life.streams('output-stream.write-zeroes', stream, 2n ** 64n - 1n),
      () =>
        life.streams('output-stream.blocking-write-and-flush', stream, new Uint8Array(PIECE + 1)),
    ];
    for (const write of tooMuch) expect(write).to.throw(GuestTrap);
  });

  it('P19 · is held up to a bound over all requests before it is sent, and makes room when it is', () => {
    const life = httpLife(undefined, { payloadBytes: PIECE + 1_000 });
    const [one, two] = [sending(life), sending(life)];
    const room = (stream: unknown): unknown => life.streams('output-stream.check-write', stream);
    life.streams('output-stream.write', one.stream, new Uint8Array(PIECE));
    expect([room(one.stream), room(two.stream)]).to.deep.equal([1_000n, 1_000n]);
    expect(() => life.streams('output-stream.write', two.stream, new Uint8Array(1_001))).to.throw(
      GuestTrap,
    );
    life.streams('output-stream.write', two.stream, new Uint8Array(1_000));
    expect(room(two.stream)).to.equal(0n);
    const pollable = life.streams('output-stream.subscribe', two.stream);
    expect(life.call('io/poll#[method]pollable.ready', pollable)).to.equal(false);
    expect(() => life.call('io/poll#[method]pollable.block', pollable)).to.throw(GuestTrap);
    life.handle(one.request);
    expect(room(two.stream)).to.equal(BigInt(PIECE));
    expect(life.call('io/poll#[method]pollable.ready', pollable)).to.equal(true);
  });

  it('fails where it could only wait for the guest itself', () => {
    const life = httpLife(undefined, { payloadBytes: PIECE });
    const { request, stream } = sending(life);
    life.streams('output-stream.blocking-write-and-flush', stream, new Uint8Array(PIECE));
    const more = (): unknown =>
      life.streams('output-stream.blocking-write-and-flush', stream, bytes('x'));
    const failure = errorOf(more) as { readonly tag: string; readonly val: unknown };
    expect(failure.tag).to.equal('last-operation-failed');
    const code = { tag: 'HTTP-request-body-size', val: BigInt(PIECE + 1) };
    expect(life.types('http-error-code', failure.val)).to.deep.equal(code);
    expect(errorOf(more)).to.deep.equal(CLOSED);
    const { stream: other } = sending(life);
    expect(life.streams('output-stream.check-write', other)).to.equal(BigInt(PIECE));
    expect(errorOf(() => life.handle(request))).to.deep.equal(code);
    expect(life.transfers).to.deep.equal([]);
  });
});
