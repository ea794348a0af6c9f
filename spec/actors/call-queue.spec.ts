import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import { CallQueue } from '../../lib/actors/call-queue.ts';
import { WasmatrixError } from '../../lib/core/errors.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { settled } from '../thrown.ts';
import { crash, QueueBench } from './queue-bench.ts';

const ok = (value: unknown) => ({ isOk: true, value }) as const;
const trap = { isOk: false, failure: { kind: 'trap', message: 'unreachable' } } as const;
const refusal = { isOk: false, failure: { kind: 'guest-error', payload: 1 } } as const;

describe('the mailbox of an instance', () => {
  it('W4 · runs calls one at a time, in the order of their arrival', async () => {
    const bench = new QueueBench(10);
    bench.attach();
    for (const name of ['a', 'b', 'c']) bench.submit(name);
    expect(bench.begun).to.deep.equal(['a']);
    expect(bench.queue.depth).to.equal(2);
    for (const name of ['a', 'b', 'c']) {
      bench.answer(ok(name));
      await settled();
      expect(bench.fate(name)).to.equal(`value ${name}`);
    }
    expect(bench.begun).to.deep.equal(['a', 'b', 'c']);
    expect(bench.queue.begun).to.equal(3);
    expect(bench.clock.pending).to.equal(0);
  });

  it('keeps calls waiting until a life is there', async () => {
    const bench = new QueueBench(10);
    bench.submit('a');
    bench.submit('b');
    expect(bench.queue.depth).to.equal(2);
    bench.attach();
    expect(bench.begun).to.deep.equal(['a']);
    bench.answer(ok(1));
    await settled();
    expect(bench.begun).to.deep.equal(['a', 'b']);
  });

  it('W4 · refuses at once what has no room, and tells its owner', async () => {
    const bench = new QueueBench(1);
    bench.attach();
    for (const name of ['runs', 'waits', 'overflows']) bench.submit(name);
    await settled();
    expect(bench.fate('overflows')).to.equal('RESOURCE_EXHAUSTED');
    expect(bench.overflows).to.equal(1);
    expect(bench.queue.depth).to.equal(1);
  });

  it('W4 · without any room still runs a call when nothing else runs', async () => {
    const bench = new QueueBench(0);
    bench.submit('too early');
    bench.attach();
    bench.submit('a');
    bench.submit('b');
    await settled();
    expect(bench.fate('too early')).to.equal('RESOURCE_EXHAUSTED');
    expect(bench.begun).to.deep.equal(['a']);
    expect(bench.fate('b')).to.equal('RESOURCE_EXHAUSTED');
  });

  it('gives a waiting call its deadline and leaves the instance alone', async () => {
    const bench = new QueueBench(10);
    bench.attach();
    bench.submit('runs', { timeoutMs: 1_000 });
    bench.submit('waits', { timeoutMs: 10 });
    bench.clock.advance(10);
    await settled();
    expect(bench.fate('waits')).to.equal('TIMEOUT queued');
    expect(bench.deadlines).to.deep.equal([]);
    expect(bench.queue.depth).to.equal(0);
    expect(bench.fate('runs')).to.equal('');
  });

  it('W2 · has the instance ended when a running call passes its deadline', async () => {
    const bench = new QueueBench(10);
    bench.attach();
    bench.submit('runs', { timeoutMs: 10 });
    bench.submit('waits', { timeoutMs: 1_000 });
    bench.clock.advance(10);
    await settled();
    expect(bench.deadlines).to.deep.equal(['runs']);
    expect(bench.fate('runs')).to.equal('TIMEOUT running');
    expect(bench.fate('waits')).to.equal('CRASH_DETECTED');
    expect(bench.clock.pending).to.equal(0);
  });

  it('gives a call the whole of its time to run, however long it waited', async () => {
    const bench = new QueueBench(10);
    bench.attach();
    bench.submit('first', { timeoutMs: 90 });
    bench.submit('second', { timeoutMs: 100 });
    bench.clock.advance(80);
    bench.answer(ok(1));
    await settled();
    bench.clock.advance(99);
    expect(bench.deadlines).to.deep.equal([]);
    bench.answer(ok(2));
    await settled();
    expect(bench.fate('second')).to.equal('value 2');
  });

  it('lets an aborted call leave the middle of the queue', async () => {
    const bench = new QueueBench(10);
    const controller = new AbortController();
    bench.attach();
    bench.submit('a');
    bench.submit('b', { signal: controller.signal });
    bench.submit('c');
    controller.abort('no longer');
    await settled();
    expect(bench.fate('b')).to.equal('foreign no longer');
    expect(bench.queue.depth).to.equal(1);
    bench.answer(ok(1));
    await settled();
    expect(bench.begun).to.deep.equal(['a', 'c']);
  });

  it('frees the caller of a running call that is aborted, but not the guest', async () => {
    const bench = new QueueBench(10);
    const controller = new AbortController();
    bench.attach();
    bench.submit('a', { signal: controller.signal });
    bench.submit('b');
    controller.abort('no longer');
    await settled();
    expect(bench.fate('a')).to.equal('foreign no longer');
    expect(bench.begun, 'the guest is still busy').to.deep.equal(['a']);
    bench.answer(ok(1));
    await settled();
    expect(bench.fate('a')).to.equal('foreign no longer');
    expect(bench.begun).to.deep.equal(['a', 'b']);
  });

  it('leaves no listener on a signal behind, however its calls end', async () => {
    const bench = new QueueBench(4);
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, 'abort').length;
    bench.attach();
    for (const name of ['a', 'b', 'c']) bench.submit(name, { signal, timeoutMs: 1_000 });
    bench.submit('d', { signal, timeoutMs: 10 });
    expect(listeners()).to.equal(4);
    bench.clock.advance(10);
    expect(listeners(), 'after a deadline in the queue').to.equal(3);
    bench.answer(ok(1));
    await settled();
    expect(listeners(), 'after a result').to.equal(2);
    bench.clock.advance(1_000);
    expect(listeners(), 'after a deadline and the end of the life').to.equal(0);
    for (const name of ['e', 'f', 'g', 'h', 'i']) bench.submit(name, { signal });
    expect(listeners(), 'one call was refused').to.equal(4);
    bench.queue.drain(crash, () => undefined);
    expect(listeners()).to.equal(0);
    await settled();
  });

  it('does not take a call whose signal has fired already', async () => {
    const bench = new QueueBench(10);
    bench.attach();
    bench.submit('a', { signal: AbortSignal.abort('too late') });
    await settled();
    expect(bench.fate('a')).to.equal('foreign too late');
    expect(bench.begun).to.deep.equal([]);
    expect(bench.clock.pending).to.equal(0);
  });

  it('goes on after a call that failed without ending the guest', async () => {
    const bench = new QueueBench(10);
    bench.attach();
    bench.submit('a');
    bench.submit('b');
    bench.answer(refusal);
    await settled();
    expect(bench.fate('a')).to.equal('WASM_RUNTIME_ERROR');
    expect(bench.begun).to.deep.equal(['a', 'b']);
  });

  it('refuses what waits when a call was fatal, and begins nothing more', async () => {
    const bench = new QueueBench(10);
    bench.attach();
    bench.submit('a');
    bench.submit('b');
    bench.answer(trap);
    await settled();
    expect(bench.fate('a')).to.equal('WASM_RUNTIME_ERROR');
    expect(bench.fate('b')).to.equal('CRASH_DETECTED');
    expect(bench.begun).to.deep.equal(['a']);
  });

  it('drains: refuses what waits and calls back when the running call is done', async () => {
    const bench = new QueueBench(10);
    const idle: number[] = [];
    bench.attach();
    bench.submit('a');
    bench.submit('b');
    bench.queue.drain(crash, () => idle.push(1));
    await settled();
    expect(bench.fate('b')).to.equal('CRASH_DETECTED');
    expect(idle).to.have.length(0);
    bench.answer(ok(1));
    await settled();
    expect(bench.fate('a')).to.equal('value 1');
    expect(idle).to.have.length(1);
    bench.queue.drain(crash, () => idle.push(2));
    expect(idle, 'at once when nothing runs').to.deep.equal([1, 2]);
  });

  it('does not call back from a drain once the life has ended', async () => {
    const bench = new QueueBench(10);
    bench.attach();
    bench.submit('a');
    bench.queue.drain(crash, () => expect.fail('the life has ended'));
    bench.detach();
    bench.attach();
    bench.submit('b');
    bench.answer(ok(1));
    await settled();
    expect(bench.fate('b')).to.equal('value 1');
  });

  it('ignores the answer of a thread that is gone', async () => {
    const bench = new QueueBench(10);
    bench.attach();
    bench.submit('a');
    const { running } = bench;
    bench.detach();
    bench.attach();
    bench.submit('b');
    bench.submit('c');
    running?.resolve(ok('stale'));
    await settled();
    expect(bench.begun, 'the guest is still busy with b').to.deep.equal(['a', 'b']);
    expect(bench.clock.pending).to.equal(2);
    expect(bench.fate('a')).to.equal('CRASH_DETECTED');
    expect(bench.fate('b'), 'is still running').to.equal('');
    bench.answer(ok('fresh'));
    await settled();
    expect(bench.fate('b')).to.equal('value fresh');
  });

  it('tells the caller alone of arguments that the thread cannot be given, thrown or rejected', async () => {
    for (const isThrown of [true, false]) {
      const error = new WasmatrixError('INVALID_REQUEST', 'cannot be cloned');
      const queue = new CallQueue({
        instanceId: 'i',
        clock: new SimulatedClock(),
        limit: 5,
        judge: () => 'fine',
        onDeadline: () => undefined,
        onOverflow: () => undefined,
      });
      const submit = (name: string): Promise<unknown> =>
        queue
          .submit({ exportName: name, args: [], timeoutMs: 50 })
          .catch((reason: unknown) => reason);
      const early = submit('bad');
      queue.attach((name) => {
        if (name !== 'bad') return Promise.resolve(ok(1));
        if (isThrown) throw error;
        return Promise.reject(error);
      });
      expect(await early).to.equal(error);
      expect(await submit('bad')).to.equal(error);
      expect(await submit('good')).to.equal('fine');
    }
  });
});
