import { Writable } from 'node:stream';
import { expect } from 'chai';
import { BoundedLines } from '../../lib/telemetry/bounded-lines.ts';

/** A stream whose reader takes nothing until it is told to. */
class Stalled extends Writable {
  readonly taken: string[] = [];
  #release: (() => void) | undefined;
  #isReading = false;

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    const take = (): void => {
      this.taken.push(String(chunk));
      done();
    };
    if (this.#isReading) take();
    else this.#release = take;
  }

  read(): void {
    this.#isReading = true;
    this.#release?.();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('lines for a reader that may stall', () => {
  it('wait up to a bound; those beyond it are counted, and the count is told when there is room', async () => {
    const stream = new Stalled({ highWaterMark: 8 });
    const counts: number[] = [];
    const lines = new BoundedLines(stream, 100, (dropped) => {
      counts.push(dropped);
      lines.write(`dropped ${dropped}\n`);
    });
    for (let index = 0; index < 1_000; index++) lines.write(`line ${index}\n`);
    expect(stream.writableLength).to.be.within(100, 110);
    expect(counts).to.deep.equal([]);
    stream.read();
    await turn();
    const kept = stream.taken.length - 1;
    expect(counts).to.deep.equal([1_000 - kept]);
    expect(stream.taken.at(-1)).to.equal(`dropped ${1_000 - kept}\n`);
    expect(stream.taken.slice(0, -1)).to.deep.equal(
      Array.from({ length: kept }, (_, index) => `line ${index}\n`),
    );
    lines.write('after\n');
    await turn();
    expect(stream.taken.at(-1)).to.equal('after\n');
  });

  it('are written at once to a reader that keeps up, and end nobody where it goes away', async () => {
    const gone = new Error('EPIPE');
    const seen: string[] = [];
    const stream = new Writable({
      autoDestroy: false,
      write(chunk, _encoding, done) {
        seen.push(String(chunk));
        done(seen.length > 1 ? gone : undefined);
      },
    });
    const lines = new BoundedLines(stream, 100, () => undefined);
    lines.write('one\n');
    expect(seen).to.deep.equal(['one\n']);
    const heard = new Promise((resolve) => stream.once('error', resolve));
    lines.write('two\n');
    expect(await heard).to.equal(gone);
    expect(stream.listenerCount('error')).to.equal(1);
  });
});
