import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  begun,
  bytes,
  drop,
  errorOf,
  type HttpLife,
  httpLife,
  outcomeOf,
  sending,
} from './http-life.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const PIECE = 65_536;
const CLOSED = { tag: 'closed' };

describe('an outgoing-body that does not arrive', () => {
  it('has exactly the length that it was announced with', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.boolean(), (announced, written, isSentFirst) => {
        const life = httpLife();
        const { request, body, stream } = sending(life, [['Content-Length', String(announced)]]);
        const future = isSentFirst ? life.handle(request) : undefined;
        const write = (): unknown =>
          life.streams('output-stream.write', stream, new Uint8Array(written));
        const code = { tag: 'HTTP-request-body-size', val: BigInt(written) };
        if (written > announced)
          expect(errorOf(write)).to.have.property('tag', 'last-operation-failed');
        else write();
        drop(stream);
        const finish = (): unknown => life.types('outgoing-body.finish', body, undefined);
        if (written === announced) expect(finish()).to.equal(undefined);
        else expect(errorOf(finish)).to.deep.equal(code);
        if (written === announced) {
          if (!isSentFirst) life.handle(request);
          const isWhole =
            life.transfers[0]?.isFinished === true || begun(life)['hasBody'] === false;
          expect(isWhole).to.equal(true);
        } else if (isSentFirst) {
          const outcome = outcomeOf(life.types('future-incoming-response.get', future));
          expect(outcome).to.deep.equal({ tag: 'err', val: code });
          expect(life.transfers[0]).to.include({ isFinished: false, isDropped: true });
        } else {
          expect(errorOf(() => life.handle(request))).to.deep.equal(code);
          expect(life.transfers).to.deep.equal([]);
        }
      }),
      { numRuns },
    );
  });

  it('is not had, and its request not sent, where its length is announced as nonsense', () => {
    for (const lengths of [['x'], ['-1'], ['1.5'], ['1', '2'], [''], ['9'.repeat(20)]]) {
      const life = httpLife();
      const request = life.request(lengths.map((each) => ['content-length', each] as const));
      expect(errorOf(() => life.types('outgoing-request.body', request))).to.equal(undefined);
      expect(errorOf(() => life.handle(request))).to.deep.equal({ tag: 'HTTP-protocol-error' });
    }
    const life = httpLife();
    expect(errorOf(() => life.handle(life.request([['content-length', '5']])))).to.deep.equal({
      tag: 'HTTP-request-body-size',
      val: 0n,
    });
  });

  it('never passes for complete when it was dropped or given trailers', () => {
    const ends: ((life: HttpLife, body: unknown) => void)[] = [
      (_life, body) => drop(body),
      (life, body) => {
        const trailers = life.fields([['x-sum', '1']]);
        const finish = (): unknown => life.types('outgoing-body.finish', body, trailers);
        expect(errorOf(finish)).to.deep.equal({
          tag: 'internal-error',
          val: 'trailers cannot be sent',
        });
      },
    ];
    for (const end of ends) {
      const life = httpLife();
      const { request, body, stream } = sending(life);
      const future = life.handle(request);
      life.streams('output-stream.write', stream, bytes('half'));
      drop(stream);
      end(life, body);
      expect(life.transfers[0]).to.include({ isFinished: false, isDropped: true });
      const outcome = outcomeOf(life.types('future-incoming-response.get', future));
      expect(outcome).to.have.nested.property('val.tag', 'internal-error');
    }
    const life = httpLife();
    const { request, body, stream } = sending(life);
    life.handle(request);
    drop(stream);
    life.types('outgoing-body.finish', body, life.fields());
    expect(life.transfers[0]).to.include({ isFinished: true });
  });

  it('that was refused may still be answered, and tells of the refusal once', () => {
    const life = httpLife(() => ({ status: 413 }));
    const { request, body, stream } = sending(life);
    const future = life.handle(request);
    life.answer('write', { error: 'connection-terminated', message: 'enough' });
    const write = (): unknown => life.streams('output-stream.write', stream, bytes('x'));
    const failure = errorOf(write) as { readonly tag: string; readonly val: unknown };
    expect(failure.tag).to.equal('last-operation-failed');
    expect(life.types('http-error-code', failure.val)).to.deep.equal({
      tag: 'connection-terminated',
    });
    expect(life.call('io/error#[method]error.to-debug-string', failure.val)).to.equal(
      'connection-terminated',
    );
    for (const name of ['check-write', 'flush', 'blocking-flush']) {
      expect(errorOf(() => life.streams(`output-stream.${name}`, stream))).to.deep.equal(CLOSED);
    }
    expect(errorOf(write)).to.deep.equal(CLOSED);
    drop(stream);
    expect(errorOf(() => life.types('outgoing-body.finish', body, undefined))).to.deep.equal({
      tag: 'connection-terminated',
    });
    const { val } = outcomeOf(life.types('future-incoming-response.get', future));
    expect(life.types('incoming-response.status', val)).to.equal(413);
  });

  it('is closed when its request is dropped, cancelled or could not be sent', () => {
    const ends: ((life: HttpLife, request: unknown) => void)[] = [
      (_life, request) => drop(request),
      (life, request) => drop(life.handle(request)),
      (life, request) => {
        life.refuse('begin', 'PERMISSION_DENIED');
        expect(errorOf(() => life.handle(request))).to.deep.equal({ tag: 'HTTP-request-denied' });
      },
    ];
    for (const end of ends) {
      const life = httpLife(undefined, { payloadBytes: PIECE });
      const { request, body, stream } = sending(life);
      life.streams('output-stream.write', stream, new Uint8Array(PIECE));
      end(life, request);
      expect(
        errorOf(() => life.streams('output-stream.write', stream, bytes('x'))),
      ).to.have.property('tag');
      expect(errorOf(() => life.streams('output-stream.write', stream, bytes('x')))).to.deep.equal(
        CLOSED,
      );
      drop(stream);
      expect(errorOf(() => life.types('outgoing-body.finish', body, undefined))).to.have.property(
        'tag',
      );
      const { stream: other } = sending(life);
      expect(life.streams('output-stream.check-write', other)).to.equal(BigInt(PIECE));
    }
  });
});
