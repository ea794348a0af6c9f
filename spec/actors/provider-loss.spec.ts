import { expect } from 'chai';
import * as fc from 'fast-check';
import { RUNS } from '../core/property-runs.ts';
import { rejectionOf, settled } from '../thrown.ts';
import { BACKOFF_MS, ProviderBench } from './provider-bench.ts';

const assignment = { capabilityId: 'c', providerType: 'mine', permissions: ['mine:read'] };

const crashed = (message: string): string =>
  `provider_crashed {"message":"${message}","willRestart":true,"delayMs":${BACKOFF_MS}}`;
const crashedForGood = (message: string): string =>
  `provider_crashed {"message":"${message}","willRestart":false}`;

describe('a provider whose life is lost', () => {
  let bench: ProviderBench;
  beforeEach(() => {
    bench = new ProviderBench();
  });
  afterEach(() => bench.close());

  it('P20 · while it is idle is down until its policy begins another, and its guests are told', async () => {
    await bench.actor.start();
    await bench.give('i');
    const guest = bench.guest('i');
    expect(guest.line).to.not.equal(undefined);
    const { life } = bench;
    life.lose('stuck');
    await settled();
    expect(guest.line).to.equal(undefined);
    expect(bench.actor.isReady).to.equal(false);
    expect(await bench.actor.info()).to.deep.include({ status: 'crashed', restarts: 0 });
    expect((await rejectionOf(bench.actor.check(assignment))).code).to.equal(
      'CAPABILITY_NOT_FOUND',
    );
    expect(life.isDestroyed).to.equal(true);
    await bench.pass(BACKOFF_MS);
    expect(await bench.actor.info()).to.deep.include({ status: 'ready', restarts: 1 });
    expect(guest.line).to.not.equal(undefined);
    expect(guest.told).to.deep.equal(['up', 'down', 'up']);
    expect(bench.lives.map(({ opened }) => opened)).to.deep.equal([
      [{ config: { option: 1 }, inherited: undefined }],
      [{ config: { option: 1 }, inherited: undefined }],
    ]);
    expect(bench.facts).to.deep.equal([
      'provider_started {}',
      crashed('stuck'),
      'provider_started {"restarts":1}',
    ]);
  });

  it('P20 · while calls are under way answers them with an error, and nobody waits', async () => {
    await bench.actor.start();
    const lines = ['i', 'j', 'k'].map((id) => bench.guest(id).line!);
    const [waiting, given, silent] = lines;
    waiting!.write();
    given!.write();
    given!.withdraw();
    const { state } = silent!;
    await bench.loseAndRestart();
    expect(waiting!.answer()).to.deep.equal({
      failure: 'STORAGE_ERROR',
      message: 'the provider was lost',
    });
    expect(given!.isAnswered).to.equal(false);
    expect(silent!.state).to.equal(state);
    expect(lines.every(({ isClosed }) => isClosed)).to.equal(true);
    expect(bench.actor.isReady).to.equal(true);
  });

  it('P20 · while it opens for the first time fails to start, with a code, and is not tried again', async () => {
    bench.behaviours.push({ open: () => new Promise<string>(() => undefined) });
    const starting = rejectionOf(bench.actor.start());
    await settled();
    bench.life.lose('exited with code 3');
    const error = await starting;
    expect(error.code).to.equal('STORAGE_ERROR');
    expect(error.message).to.include('exited with code 3');
    expect(bench.facts).to.deep.equal([crashedForGood('exited with code 3')]);
    expect(bench.life.isDestroyed).to.equal(true);
    await bench.pass(1_000_000);
    expect(bench.lives).to.have.length(1);
    expect(bench.clock.pending).to.equal(0);
  });

  it('P20 · while it opens again is tried once more, as its policy allows', async () => {
    await bench.actor.start();
    bench.behaviours.push({ open: () => new Promise<string>(() => undefined) });
    await bench.loseAndRestart();
    expect(bench.actor.status).to.equal('starting');
    await bench.loseAndRestart('lost again');
    expect(bench.actor.status).to.equal('ready');
    expect(bench.facts).to.deep.equal([
      'provider_started {}',
      crashed('stuck'),
      crashed('lost again'),
      'provider_started {"restarts":2}',
    ]);
  });

  it('P20 · is not ended by what an earlier opening fails with, however late', async () => {
    await bench.actor.start();
    const late = Promise.withResolvers<string>();
    bench.behaviours.push({ open: () => late.promise });
    await bench.loseAndRestart();
    bench.life.loseQuietly('lost again');
    await bench.pass(BACKOFF_MS);
    expect(bench.lives).to.have.length(3);
    late.reject(new Error('late'));
    await bench.pass(0);
    expect(bench.actor.status).to.equal('ready');
    expect(bench.facts.slice(2)).to.deep.equal([
      crashed('lost again'),
      'provider_started {"restarts":2}',
    ]);
  });

  it('P20 · is followed by another where it does not open within thirty seconds', async () => {
    await bench.actor.start();
    bench.behaviours.push({ open: () => new Promise<string>(() => undefined) });
    await bench.loseAndRestart();
    const { life } = bench;
    await bench.pass(30_000);
    expect(life.isDestroyed).to.equal(true);
    await bench.pass(BACKOFF_MS);
    life.lose('very late');
    await settled();
    expect(bench.actor.status).to.equal('ready');
    expect(bench.facts.slice(2)).to.deep.equal([
      crashed('the provider did not start in time'),
      'provider_started {"restarts":2}',
    ]);
  });

  it('P8 · gives up after as many restarts as its policy has, and can still be stopped', async () => {
    await bench.actor.start();
    const guest = bench.guest('i');
    await bench.loseAndRestart();
    await bench.loseAndRestart();
    await bench.loseAndRestart();
    expect(bench.actor.status).to.equal('crashed');
    expect(bench.lives).to.have.length(3);
    expect(bench.facts.at(-1)).to.equal(crashedForGood('stuck'));
    expect(guest.line).to.equal(undefined);
    await bench.pass(1_000_000);
    expect(bench.lives).to.have.length(3);
    await bench.actor.close();
    expect(bench.lives.every(({ isDestroyed }) => isDestroyed)).to.equal(true);
    expect(bench.clock.pending).to.equal(0);
  });

  it('P8 · is never restarted where its policy says so', async () => {
    bench = new ProviderBench({ restartPolicy: { policyType: 'never' } });
    await bench.actor.start();
    await bench.loseAndRestart();
    expect(bench.actor.status).to.equal('crashed');
    expect(bench.facts).to.deep.equal(['provider_started {}', crashedForGood('stuck')]);
  });

  it('W5 · leaves neither timer nor life when it is stopped while it waits for its restart', async () => {
    await bench.actor.start();
    bench.life.lose('stuck');
    await settled();
    await bench.actor.close();
    expect(bench.actor.status).to.equal('stopped');
    expect(bench.clock.pending).to.equal(0);
    await bench.pass(1_000_000);
    expect(bench.lives).to.have.length(1);
    expect(bench.life.isDestroyed).to.equal(true);
  });

  it('W5 · leaves nothing when it is stopped while it opens again', async () => {
    await bench.actor.start();
    const opening = Promise.withResolvers<string>();
    bench.behaviours.push({ open: () => opening.promise });
    await bench.loseAndRestart();
    const closing = bench.actor.close();
    await settled();
    opening.resolve('mine');
    await closing;
    expect(bench.life.told).to.deep.equal(['open', 'close', 'destroy']);
    expect(bench.actor.status).to.equal('stopped');
    expect(bench.clock.pending).to.equal(0);
  });

  it('P20 · while it is stopped tells the loss to who stops it, and is over', async () => {
    bench.behaviours.push({ pause: () => new Promise<boolean>(() => undefined) });
    await bench.actor.start();
    const line = bench.guest('i').line!;
    line.write();
    const closing = bench.actor.close().then(
      () => 'closed',
      (error: unknown) => String(error),
    );
    await settled();
    expect(bench.actor.status).to.equal('draining');
    bench.life.lose('out of memory');
    expect(await closing).to.include('out of memory');
    expect(bench.actor.status).to.equal('stopped');
    expect(bench.life.isDestroyed).to.equal(true);
    expect(line.answer()).to.have.property('failure', 'STORAGE_ERROR');
    expect(bench.facts, 'its end was asked for').to.deep.equal(['provider_started {}']);
    await bench.pass(1_000_000);
    expect(bench.lives).to.have.length(1);
    expect(bench.clock.pending).to.equal(0);
  });

  it('keeps counting the calls of lives that are over', async () => {
    await bench.actor.start();
    for (const served of [2, 3]) {
      for (let n = 0; n < served; n++) bench.life.figures.count('served');
      bench.life.figures.count('denied');
      await bench.loseAndRestart();
    }
    bench.life.figures.count('served');
    expect(bench.actor.totals).to.include({ served: 6, denied: 2 });
    expect((await bench.actor.info()).calls).to.equal(8);
    await bench.actor.close();
    expect(bench.actor.totals).to.include({ served: 6, denied: 2 });
  });

  it('W1 · tells its next life what is assigned at that moment, before it connects anybody', async () => {
    await bench.actor.start();
    await bench.give('i');
    await bench.give('j', 'd');
    await bench.give('j', 'e');
    bench.guest('j');
    bench.life.lose('stuck');
    await settled();
    await bench.take('j', 'd');
    await bench.give('k');
    await bench.pass(BACKOFF_MS);
    expect(bench.life.told).to.deep.equal([
      'open',
      'assign i/c',
      'assign j/e',
      'assign k/c',
      'connect j',
    ]);
  });

  it('W1 · never has a life that serves what was taken away; P5 · whatever happens meanwhile', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom('give', 'take'), id: fc.constantFrom('i', 'j') }),
      fc.record({ kind: fc.constantFrom('lose', 'pass', 'update'), id: fc.constant('') }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const own = new ProviderBench();
        await own.actor.start();
        for (const { kind, id } of steps) {
          if (kind === 'give') await own.give(id);
          else if (kind === 'take') await own.take(id);
          else if (kind === 'lose') own.life.lose('stuck');
          else if (kind === 'update') await own.actor.update(own.plan).catch(() => undefined);
          else await own.pass(BACKOFF_MS);
          await settled();
          if (!own.actor.isReady) continue;
          const serving = own.lives.filter(({ isDestroyed }) => !isDestroyed);
          expect(serving, 'one life at a time').to.have.length(1);
          const held = new Set<string>();
          for (const each of serving[0]!.told) {
            const [what, name = ''] = each.split(' ');
            if (what === 'assign') held.add(name);
            if (what === 'revoke') held.delete(name);
          }
          const wanted = Array.from(own.registry.ofProvider('p'), ([each]) => `${each}/c`);
          expect([...held].sort()).to.deep.equal(wanted.sort());
        }
        await own.actor.close();
        expect(own.clock.pending).to.equal(0);
        own.close();
      }),
      RUNS,
    );
  });

  it('W1 · resolves a revocation that waits for calls of a life when that is lost', async () => {
    bench.behaviours.push({ revoke: () => new Promise<void>(() => undefined) });
    await bench.actor.start();
    await bench.give('i');
    const revoked = bench.take('i');
    await settled();
    bench.life.lose('stuck');
    await revoked;
    await bench.pass(BACKOFF_MS);
    expect(bench.life.told).to.deep.equal(['open']);
  });
});
