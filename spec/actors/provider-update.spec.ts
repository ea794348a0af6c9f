import { expect } from 'chai';
import { defineProvider } from '../../lib/core/define-provider.ts';
import { invalidField } from '../../lib/core/errors.ts';
import type { ProviderPlan } from '../../lib/core/provider-config.ts';
import { rejectionOf, settled } from '../thrown.ts';
import { BACKOFF_MS, ProviderBench } from './provider-bench.ts';

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

describe('the update of a provider', () => {
  let bench: ProviderBench;
  let next: ProviderPlan;
  beforeEach(async () => {
    bench = new ProviderBench();
    next = { ...bench.plan, config: { option: 2 }, placement: 'thread' };
  });
  afterEach(() => bench.close());

  /** Starts, with a guest and an assignment. */
  async function started(): Promise<void> {
    await bench.actor.start();
    await bench.give('i');
    bench.told.length = 0;
  }

  it('P20 · begins the next life with the state of the former, and gives the former back after', async () => {
    await started();
    const guest = bench.guest('i');
    const { line } = guest;
    bench.told.length = 0;
    await bench.actor.update(next);
    expect(bench.told).to.deep.equal([
      '2 prepare',
      '1 pause',
      '1 handOver',
      '2 open',
      '2 check c',
      '2 assign i/c',
      '2 connect i',
      '1 close',
      '1 destroy',
    ]);
    expect(bench.life.opened).to.deep.equal([{ config: { option: 2 }, inherited: 'state of 1' }]);
    expect(await bench.actor.info()).to.deep.include({
      status: 'ready',
      placement: 'thread',
      restarts: 0,
      metadata: { is: '2' },
    });
    expect(guest.line).to.not.equal(line);
    expect(guest.told, 'it never was down').to.deep.equal(['up', 'up']);
    expect(bench.clock.pending).to.equal(0);
    expect(bench.facts, 'who asked for it tells it').to.deep.equal(['provider_started {}']);
  });

  it('P20 · lets a call that came meanwhile be made again, by the new way, because it was not begun', async () => {
    await started();
    const guest = bench.guest('i');
    const line = guest.line!;
    line.write();
    await bench.actor.update(next);
    expect(line.answer()).to.equal('moved');
    expect(line.isClosed).to.equal(true);
    expect(guest.line!.isClosed).to.equal(false);
  });

  it('P20 · sends on, and never refuses, who asks a former life that is closing', async () => {
    const closing = Promise.withResolvers<void>();
    const definition = defineProvider({
      type: 'mine',
      operations: {},
      close: () => closing.promise,
    });
    bench = new ProviderBench({}, definition);
    await bench.actor.start();
    const { line } = bench.guest('i');
    const updated = bench.actor.update(bench.plan);
    await settled();
    await settled();
    const answer = line!.ask();
    expect(await answer).to.equal('moved');
    closing.resolve();
    await updated;
  });

  it('P20 · that cannot open leaves everything as it was, and wakes who has waited', async () => {
    await started();
    const guest = bench.guest('i');
    const { line } = guest;
    const { changes } = guest;
    const error = invalidField('config.path', 'does not exist');
    bench.behaviours.push({ open: () => Promise.reject(error) });
    bench.told.length = 0;
    expect(await rejectionOf(bench.actor.update(next))).to.equal(error);
    expect(bench.told).to.deep.equal([
      '2 prepare',
      '1 pause',
      '1 handOver',
      '2 open',
      '2 close',
      '2 destroy',
      '1 resume',
    ]);
    expect(await bench.actor.info()).to.deep.include({
      status: 'ready',
      placement: 'inline',
      metadata: { is: '1' },
    });
    expect(guest.changes, 'a reason to look').to.be.above(changes);
    expect(guest.line).to.equal(line);
    expect(line!.isClosed).to.equal(false);
    bench.lives[0]?.lose('stuck');
    await bench.pass(BACKOFF_MS);
    expect(bench.life.opened, 'by the plan that held').to.deep.equal([
      { config: { option: 1 }, inherited: undefined },
    ]);
  });

  it('P18 · that could not serve what is assigned is refused, and leaves everything as it was', async () => {
    await started();
    const error = invalidField('config.buckets', 'is missing');
    bench.behaviours.push({ check: () => Promise.reject(error) });
    expect(await rejectionOf(bench.actor.update(next))).to.equal(error);
    expect(bench.told.slice(-4)).to.deep.equal(['2 check c', '2 close', '2 destroy', '1 resume']);
    expect(bench.actor.isReady).to.equal(true);
  });

  it('P20 · gives up where calls under way take longer than five seconds', async () => {
    bench.behaviours.push({
      pause: (deadlineMs) =>
        new Promise((resolve) => bench.clock.setTimeout(() => resolve(false), deadlineMs)),
    });
    await started();
    const updated = rejectionOf(bench.actor.update(next));
    await bench.pass(4_999);
    expect(bench.told).to.deep.equal(['2 prepare', '1 pause']);
    await bench.pass(1);
    expect((await updated).code).to.equal('TIMEOUT');
    expect(bench.told).to.deep.equal(['2 prepare', '1 pause', '2 close', '2 destroy', '1 resume']);
    expect(bench.clock.pending).to.equal(0);
  });

  for (const [what, steps, deadlineMs] of [
    ['a thread that does not answer', { pause: never<boolean> }, 6_000],
    ['a state that is never handed over', { handOver: never }, 10_000],
  ] as const) {
    it(`P20 · does not wait for ever for ${what}`, async () => {
      bench.behaviours.push(steps);
      await started();
      const updated = rejectionOf(bench.actor.update(next));
      await bench.pass(deadlineMs);
      expect((await updated).code).to.equal('TIMEOUT');
      expect(bench.told.at(-1)).to.equal('1 resume');
      expect(bench.actor.isReady).to.equal(true);
      expect(bench.clock.pending).to.equal(0);
    });
  }

  for (const [what, steps, deadlineMs] of [
    ['a life that never opens', { open: never<string> }, 30_000],
    ['a check that never ends', { check: never<void> }, 10_000],
    ['a failed life that never closes', { check: never<void>, close: never<void> }, 20_000],
  ] as const) {
    it(`P20 · does not wait for ever for ${what}`, async () => {
      await started();
      bench.behaviours.push(steps);
      const updated = rejectionOf(bench.actor.update(next));
      for (let ms = 0; ms < deadlineMs; ms += 10_000) await bench.pass(10_000);
      expect((await updated).code).to.equal('TIMEOUT');
      expect(bench.told.slice(-2)).to.deep.equal(['2 destroy', '1 resume']);
      expect(bench.clock.pending).to.equal(0);
    });
  }

  it('P20 · follows another that is under way, and begins with what that has led to', async () => {
    await started();
    const third = { ...next, config: { option: 3 } };
    await Promise.all([bench.actor.update(next), bench.actor.update(third)]);
    expect(bench.lives.map(({ opened }) => opened[0])).to.deep.equal([
      { config: { option: 1 }, inherited: undefined },
      { config: { option: 2 }, inherited: 'state of 1' },
      { config: { option: 3 }, inherited: 'state of 2' },
    ]);
    expect(bench.lives.map(({ isDestroyed }) => isDestroyed)).to.deep.equal([true, true, false]);
  });

  it('P20 · is tried though another one before it has failed', async () => {
    await started();
    bench.behaviours.push({ open: () => Promise.reject(new Error('no disk')) });
    const [failed, done] = await Promise.allSettled([
      bench.actor.update(next),
      bench.actor.update(next),
    ]);
    expect([failed.status, done.status]).to.deep.equal(['rejected', 'fulfilled']);
    expect(bench.life.opened[0]?.inherited).to.equal('state of 1');
  });

  it('P20 · is refused unless the provider runs', async () => {
    const refused = async (): Promise<string> => (await rejectionOf(bench.actor.update(next))).code;
    await started();
    bench.life.lose('stuck');
    await settled();
    expect(await refused(), 'while it waits for its restart').to.equal('CAPABILITY_NOT_FOUND');
    await bench.pass(BACKOFF_MS);
    const closing = bench.actor.close();
    expect(await refused(), 'while it stops').to.equal('CAPABILITY_NOT_FOUND');
    await closing;
    expect(await refused(), 'after its end').to.equal('CAPABILITY_NOT_FOUND');
    expect(bench.lives).to.have.length(2);
  });

  it('P20 · is brought to its end by a stop that comes meanwhile, and then all is over', async () => {
    const opening = Promise.withResolvers<string>();
    await started();
    bench.behaviours.push({ open: () => opening.promise });
    const updated = bench.actor.update(next);
    await settled();
    const closing = bench.actor.close();
    await settled();
    opening.resolve('mine');
    await Promise.all([updated, closing]);
    expect(bench.told.slice(-3)).to.deep.equal(['2 pause', '2 close', '2 destroy']);
    expect(bench.lives.map(({ isDestroyed }) => isDestroyed)).to.deep.equal([true, true]);
    expect(bench.actor.status).to.equal('stopped');
    expect(bench.clock.pending).to.equal(0);
  });

  it('P20 · fails where the former life is lost meanwhile, which is then followed by its policy', async () => {
    for (const place of ['pause', 'handOver', 'open', 'check'] as const) {
      const own = new ProviderBench();
      const isFormer = place === 'pause' || place === 'handOver';
      own.behaviours.push(isFormer ? { [place]: never } : {});
      await own.actor.start();
      await own.give('i');
      const guest = own.guest('i');
      const pending = Promise.withResolvers<string>();
      own.behaviours.push(isFormer ? {} : { [place]: () => pending.promise });
      const failure = own.actor.update(next).then(
        () => 'updated',
        () => 'failed',
      );
      await settled();
      own.lives[0]?.lose('stuck');
      await settled();
      pending.resolve('mine');
      expect(await failure, place).to.equal('failed');
      await own.pass(BACKOFF_MS);
      expect(own.actor.status).to.equal('ready');
      expect(own.lives.map(({ isDestroyed }) => isDestroyed)).to.deep.equal([true, true, false]);
      expect(own.life.opened).to.deep.equal([{ config: { option: 1 }, inherited: undefined }]);
      expect(guest.line).to.not.equal(undefined);
      expect(own.clock.pending).to.equal(0);
      own.close();
    }
  });

  it('P20 · that has succeeded holds for the lives that follow', async () => {
    await started();
    await bench.actor.update(next);
    bench.lives[0]?.lose('an old story');
    await settled();
    expect(bench.actor.isReady).to.equal(true);
    await bench.loseAndRestart();
    expect(bench.life.opened).to.deep.equal([{ config: { option: 2 }, inherited: undefined }]);
    expect(bench.facts.at(-1)).to.equal('provider_started {"restarts":1}');
  });

  it('W1 · gives the next life neither what is taken away meanwhile nor less than what is given', async () => {
    const opening = Promise.withResolvers<string>();
    await started();
    await bench.give('j');
    bench.behaviours.push({ open: () => opening.promise });
    const updated = bench.actor.update(next);
    await settled();
    await bench.take('i');
    await bench.give('k');
    opening.resolve('mine');
    await updated;
    expect(bench.life.told.filter((each) => each.startsWith('assign'))).to.deep.equal([
      'assign j/c',
      'assign k/c',
    ]);
  });
});
