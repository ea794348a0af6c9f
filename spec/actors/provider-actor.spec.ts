import { expect } from 'chai';
import { ProviderActor } from '../../lib/actors/provider-actor.ts';
import { WasmatrixError } from '../../lib/core/errors.ts';
import type { ProviderDefinition } from '../../lib/core/provider.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { rejectionOf, settled } from '../thrown.ts';

interface Bench {
  readonly clock: SimulatedClock;
  readonly provider: ProviderActor;
  readonly closed: unknown[];
}

function newBench(extra: Partial<ProviderDefinition> = {}): Bench {
  const clock = new SimulatedClock();
  const closed: unknown[] = [];
  const definition: ProviderDefinition = {
    type: 'mine',
    operations: {},
    open: () => 'state',
    close: (state) => {
      closed.push(state);
    },
    metadata: (state) => ({ is: state }),
    ...extra,
  };
  return { clock, closed, provider: new ProviderActor('p', definition, { option: 1 }, clock) };
}

describe('a provider', () => {
  it('P20 · admits calls from its opening to its closing only', async () => {
    const { provider } = newBench();
    expect(provider.isReady).to.equal(false);
    expect(provider.info()).to.deep.include({ status: 'starting', metadata: {} });
    await provider.open();
    expect(provider.isReady).to.equal(true);
    expect(provider.info()).to.deep.include({ status: 'ready', metadata: { is: 'state' } });
    await provider.close();
    expect(provider.isReady).to.equal(false);
    expect(provider.info()).to.deep.include({ status: 'stopped', metadata: {} });
  });

  it('is opened with its configuration and closed with its state, once', async () => {
    const configs: unknown[] = [];
    const { provider, closed } = newBench({
      open: (config) => {
        configs.push(config);
        return Promise.resolve({ handle: 7 });
      },
    });
    await provider.open();
    expect(provider.state).to.deep.equal({ handle: 7 });
    await Promise.all([provider.close(), provider.close()]);
    await provider.close();
    expect(configs).to.deep.equal([{ option: 1 }]);
    expect(closed).to.deep.equal([{ handle: 7 }]);
    expect(provider.state).to.equal(undefined);
  });

  it('P20 · waits for the calls under way before it closes', async () => {
    const { provider, closed, clock } = newBench();
    await provider.open();
    provider.countCall();
    provider.countCall();
    const leaves = [provider.enter(), provider.enter()];
    const closing = provider.close();
    expect(provider.isReady, 'at once').to.equal(false);
    for (const leave of leaves) {
      await settled();
      expect(closed).to.deep.equal([]);
      expect(provider.info().status).to.equal('draining');
      leave();
    }
    await closing;
    expect(closed).to.deep.equal(['state']);
    expect(provider.info().calls).to.equal(2);
    expect(clock.pending).to.equal(0);
  });

  it('P20 · waits for them no longer than five seconds', async () => {
    const { provider, closed, clock } = newBench();
    await provider.open();
    const leave = provider.enter();
    const closing = provider.close();
    clock.advance(4_999);
    await settled();
    expect(closed).to.deep.equal([]);
    clock.advance(1);
    await closing;
    expect(closed).to.deep.equal(['state']);
    expect(leave).to.not.throw();
  });

  it('keeps the typed error that its opening fails with, and has crashed then', async () => {
    const error = new WasmatrixError('INVALID_REQUEST', 'bad path', { field: 'config.path' });
    const { provider, closed } = newBench({ open: () => Promise.reject(error) });
    expect(await rejectionOf(provider.open())).to.equal(error);
    expect(provider.info().status).to.equal('crashed');
    await provider.close();
    expect(closed, 'there is no state to close').to.deep.equal([]);
  });

  it('makes a storage error of anything else that its opening fails with', async () => {
    const { provider } = newBench({
      open: () => {
        throw new TypeError('disk on fire');
      },
    });
    const error = await rejectionOf(provider.open());
    expect(error.code).to.equal('STORAGE_ERROR');
    expect(error.message).to.include('disk on fire');
    expect(error.details).to.deep.equal({ providerId: 'p' });
    expect(error.cause).to.be.instanceOf(TypeError);
  });

  it('W5 · that is closed while it opens closes what it has opened, and is never ready', async () => {
    const opening = Promise.withResolvers<string>();
    const { provider, closed } = newBench({ open: () => opening.promise });
    const opened = rejectionOf(provider.open());
    let isClosed = false;
    const closing = provider.close().then(() => (isClosed = true));
    await settled();
    expect(isClosed, 'while something may still be opened').to.equal(false);
    opening.resolve('late state');
    expect((await opened).code).to.equal('CAPABILITY_NOT_FOUND');
    await closing;
    expect(closed).to.deep.equal(['late state']);
    expect(provider.isReady).to.equal(false);
  });

  it('W5 · that is closed while it opens waits for that no longer than its deadline', async () => {
    const opening = Promise.withResolvers<string>();
    const { provider, closed, clock } = newBench({ open: () => opening.promise });
    const opened = rejectionOf(provider.open());
    let isClosed = false;
    const closing = provider.close().then(() => (isClosed = true));
    await settled();
    clock.advance(9_999);
    await settled();
    expect(isClosed).to.equal(false);
    clock.advance(1);
    await closing;
    expect(closed).to.deep.equal([]);
    opening.resolve('very late');
    await opened;
    expect(closed).to.deep.equal(['very late']);
    expect(clock.pending).to.equal(0);
  });

  it('hands on what its closing fails with', async () => {
    const { provider } = newBench({ close: () => Promise.reject(new Error('not flushed')) });
    await provider.open();
    const failures = await Promise.allSettled([provider.close(), provider.close()]);
    expect(failures.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    expect(provider.info().status).to.equal('stopped');
  });

  it('P20 · that does not open within thirty seconds has crashed, and gives back what comes late', async () => {
    const opening = Promise.withResolvers<string>();
    const { provider, closed, clock } = newBench({ open: () => opening.promise });
    const opened = rejectionOf(provider.open());
    clock.advance(29_999);
    await settled();
    expect(provider.info().status).to.equal('starting');
    clock.advance(1);
    expect((await opened).code).to.equal('TIMEOUT');
    expect(provider.info().status).to.equal('crashed');
    expect(clock.pending).to.equal(0);
    opening.resolve('late');
    await settled();
    expect(closed).to.deep.equal(['late']);
    expect(provider.isReady).to.equal(false);
  });

  it('that fails after its deadline disturbs nobody', async () => {
    const opening = Promise.withResolvers<string>();
    const { provider, closed, clock } = newBench({ open: () => opening.promise });
    const opened = rejectionOf(provider.open());
    clock.advance(30_000);
    expect((await opened).code).to.equal('TIMEOUT');
    opening.reject(new Error('late'));
    await settled();
    expect(closed).to.deep.equal([]);
  });

  it('W5 · does not wait for a closing that never ends', async () => {
    const { provider, clock } = newBench({ close: () => new Promise<void>(() => undefined) });
    await provider.open();
    const closing = rejectionOf(provider.close());
    await settled();
    clock.advance(10_000);
    expect((await closing).code).to.equal('TIMEOUT');
    expect(clock.pending).to.equal(0);
  });
});
