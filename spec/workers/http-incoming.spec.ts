import { expect } from 'chai';
import * as fc from 'fast-check';
import type { WireValue } from '../../lib/core/provider.ts';
import { GuestTrap } from '../../workers/guest-failure.ts';
import { drop, errorOf, httpLife, outcomeOf, readAll, receiving } from './http-life.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const CLOSED = { tag: 'closed' };
const TAKEN = { tag: 'err', val: undefined };
const UNEXPECTED = {
  tag: 'internal-error',
  val: 'the provider answered in an unexpected form',
};

describe('incoming-body of wasi:http', () => {
  it('is read whole and in order, by pieces of any length, whether waiting or not', () => {
    const lengths = fc.array(fc.bigInt({ min: 1n, max: 30n }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        lengths,
        fc.boolean(),
        fc.nat(3),
        (content, wanted, isBlocking, betweenMs) => {
          const life = httpLife(() => ({ body: content, betweenMs }));
          const { body, stream } = receiving(life);
          const name = isBlocking ? 'blocking-read' : 'read';
          const { read, code } = readAll(life, stream, wanted, name);
          expect([read, code]).to.deep.equal([[...content], undefined]);
          expect(errorOf(() => life.streams('input-stream.read', stream, 1n))).to.deep.equal(
            CLOSED,
          );
          drop(stream);
          const trailers = life.types('incoming-body.finish', body);
          expect(life.types('future-trailers.get', trailers)).to.deep.equal({
            tag: 'ok',
            val: { tag: 'ok', val: undefined },
          });
          expect(life.types('future-trailers.get', trailers)).to.deep.equal(TAKEN);
          expect(life.transfers[0]).to.include({ isDropped: true });
        },
      ),
      { numRuns },
    );
  });

  it('waits in pieces of one second at the most', () => {
    const life = httpLife(() => ({ body: Buffer.from('ab'), pieceBytes: 1, betweenMs: 2_400 }));
    const { stream } = receiving(life);
    life.streams('input-stream.blocking-read', stream, 9n);
    life.streams('input-stream.blocking-skip', stream, 9n);
    const waits = life.host.calls.filter(({ operation }) => operation === 'read');
    expect(waits.map(({ args }) => args[3])).to.deep.equal([1_000, 1_000, 1_000, 1_000]);
    expect(life.host.sleptMs).to.deep.equal([1_000, 1_000, 400]);
  });

  it('is asked for no more than a piece, nor than a message holds, and not at all for nothing', () => {
    for (const [payloadBytes, most] of [
      [1_048_576, 65_536],
      [1_000, 1_000],
    ] as const) {
      const life = httpLife(() => ({ body: new Uint8Array(200_000), pieceBytes: 100_000 }), {
        payloadBytes,
      });
      const { stream } = receiving(life);
      expect(life.streams('input-stream.read', stream, 0n)).to.have.length(0);
      expect(life.host.calls.some(({ operation }) => operation === 'read')).to.equal(false);
      expect(life.streams('input-stream.read', stream, 2n ** 64n - 1n)).to.have.length(most);
      expect(life.streams('input-stream.skip', stream, 2n ** 64n - 1n)).to.equal(BigInt(most));
    }
  });

  it('tells once what it failed of, is closed then, and its trailers fail of the same', () => {
    const content = Buffer.from('some content');
    fc.assert(
      fc.property(fc.nat(content.length), fc.boolean(), (atByte, isBlocking) => {
        const tag = 'HTTP-response-incomplete';
        const life = httpLife(() => ({ body: content, error: { tag, atByte } }));
        const { body, stream } = receiving(life);
        const name = isBlocking ? 'blocking-read' : 'read';
        const { read, code } = readAll(life, stream, [5n], name);
        expect([read, code]).to.deep.equal([[...content.subarray(0, atByte)], { tag }]);
        for (const next of ['read', 'blocking-read', 'skip', 'blocking-skip']) {
          expect(errorOf(() => life.streams(`input-stream.${next}`, stream, 1n))).to.deep.equal(
            CLOSED,
          );
        }
        drop(stream);
        const trailers = life.types('incoming-body.finish', body);
        expect(outcomeOf(life.types('future-trailers.get', trailers))).to.deep.equal({
          tag: 'err',
          val: { tag },
        });
        expect(life.transfers[0]).to.include({ isDropped: true });
      }),
      { numRuns },
    );
  });

  it('is had once, and so is its stream', () => {
    const life = httpLife();
    const response = life.response();
    const body = life.types('incoming-response.consume', response);
    expect(errorOf(() => life.types('incoming-response.consume', response))).to.equal(undefined);
    const stream = life.types('incoming-body.stream', body);
    expect(errorOf(() => life.types('incoming-body.stream', body))).to.equal(undefined);
    expect(() => life.types('incoming-body.finish', body)).to.throw(GuestTrap);
    drop(stream);
    life.types('incoming-body.finish', body);
    expect(() => life.types('incoming-body.finish', body)).to.throw(GuestTrap);
  });

  it('gives the transfer back with the last of what reads it, in any order of dropping', () => {
    const respond = () => ({ body: new Uint8Array(1_000) });
    const life = httpLife(respond);
    drop(life.response());
    expect(life.transfers[0]).to.include({ isDropped: true });
    const response = life.response();
    const body = life.types('incoming-response.consume', response);
    drop(response);
    expect(life.transfers[1]).to.include({ isDropped: false });
    const stream = life.types('incoming-body.stream', body);
    expect(life.streams('input-stream.read', stream, 5n)).to.have.length(5);
    drop(body);
    expect(life.transfers[1]).to.include({ isDropped: true });
    expect(errorOf(() => life.streams('input-stream.read', stream, 5n))).to.deep.equal(CLOSED);
    drop(stream);
    const drops = life.host.calls.filter(({ operation }) => operation === 'drop');
    expect(drops.map(({ args }) => args)).to.deep.equal([
      ['c-http', 0],
      ['c-http', 1],
    ]);
  });

  it('may end before the request does, whose body then still arrives', () => {
    const life = httpLife(() => ({ body: Buffer.from('early') }));
    const request = life.request();
    const outgoing = life.types('outgoing-request.body', request);
    const output = life.types('outgoing-body.write', outgoing);
    const future = life.handle(request);
    const { val } = outcomeOf(life.types('future-incoming-response.get', future));
    const body = life.types('incoming-response.consume', val);
    const stream = life.types('incoming-body.stream', body);
    expect(readAll(life, stream, [9n], 'read').code).to.equal(undefined);
    drop(stream);
    life.types('incoming-body.finish', body);
    life.streams('output-stream.write', output, Buffer.from('late'));
    drop(output);
    life.types('outgoing-body.finish', outgoing, undefined);
    expect(life.transfers[0]).to.deep.include({
      sent: [...Buffer.from('late')],
      isFinished: true,
      isDropped: true,
    });
  });

  it('P19 · takes no answer that is more than was asked for, or another thing', () => {
    const answers: WireValue[] = [
      null,
      true,
      {},
      { bytes: 'text', isEnd: false },
      { bytes: new Uint8Array(6), isEnd: false },
      { bytes: new Uint8Array(1) },
      { bytes: new Uint8Array(1), isEnd: 1 },
    ];
    for (const answer of answers) {
      const life = httpLife();
      const { stream } = receiving(life);
      life.answer('read', answer);
      expect(readAll(life, stream, [5n], 'read')).to.deep.equal({ read: [], code: UNEXPECTED });
    }
  });

  it('goes straight into another body, and loses nothing where that one is closed', () => {
    const life = httpLife(({ hasBody }) => (hasBody ? {} : { body: Buffer.from('spliced over') }));
    const { stream: from } = receiving(life);
    const request = life.request();
    const body = life.types('outgoing-request.body', request);
    const to = life.types('outgoing-body.write', body);
    life.handle(request);
    expect(life.streams('output-stream.splice', to, from, 3n)).to.equal(3n);
    expect(life.streams('output-stream.blocking-splice', to, from, 99n)).to.equal(7n);
    expect(Buffer.from(life.transfers[1]!.sent).toString()).to.equal('spliced ov');
    drop(to);
    life.types('outgoing-body.finish', body, undefined);
    expect(errorOf(() => life.streams('output-stream.splice', to, from, 9n))).to.deep.equal(CLOSED);
    expect(life.streams('input-stream.read', from, 9n)).to.deep.equal(
      new Uint8Array(Buffer.from('er')),
    );
  });
});
