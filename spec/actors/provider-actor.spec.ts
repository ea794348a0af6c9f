import { expect } from 'chai';
import { WasmatrixError } from '../../lib/core/errors.ts';
import type { ProviderDefinition, WireValue } from '../../lib/core/provider.ts';
import { rejectionOf, settled } from '../thrown.ts';
import { ProviderBench, until } from './provider-bench.ts';

interface OperationUnderWay {
  readonly key: WireValue | undefined;
  readonly finish: (value: WireValue) => void;
}

/** A provider that is served inline, and what it was closed with. */
class InlineBench extends ProviderBench {
  readonly closed: unknown[];
  readonly opened: unknown[];
  readonly pending: OperationUnderWay[];

  constructor(extra: Partial<ProviderDefinition> = {}) {
    const closed: unknown[] = [];
    const opened: unknown[] = [];
    const pending: OperationUnderWay[] = [];
    super(
      {},
      {
        type: 'mine',
        operations: {
          get: {
            permission: () => ({ action: 'mine:read' }),
            run: ([key]) => new Promise((finish) => pending.push({ key, finish })),
          },
        },
        open: (config) => {
          opened.push(config);
          return 'state';
        },
        close: (state) => {
          closed.push(state);
        },
        metadata: (state) => ({ is: state }),
        ...extra,
      },
    );
    this.closed = closed;
    this.opened = opened;
    this.pending = pending;
  }
}

const call = (key: string) => ({ family: 'mine', operation: 'get', args: [key] });

describe('a provider', () => {
  let bench: InlineBench;
  afterEach(() => bench.close());

  it('P20 · admits calls from its opening to its closing only', async () => {
    bench = new InlineBench();
    const { actor } = bench;
    expect(actor.isReady).to.equal(false);
    expect(await actor.info()).to.deep.include({ status: 'starting', metadata: {} });
    await actor.start();
    expect(actor.isReady).to.equal(true);
    expect(await actor.info()).to.deep.include({ status: 'ready', metadata: { is: 'state' } });
    const guest = bench.guest('i');
    expect(guest.line).to.not.equal(undefined);
    await actor.close();
    expect(actor.isReady).to.equal(false);
    expect(await actor.info()).to.deep.include({ status: 'stopped', metadata: {} });
    expect(guest.line).to.equal(undefined);
    expect(bench.guest('j').line).to.equal(undefined);
  });

  it('is opened with its configuration and closed with its state, once', async () => {
    const configs: unknown[] = [];
    bench = new InlineBench({
      open: (config, { providerId, inherited }) => {
        configs.push({ config, providerId, inherited });
        return Promise.resolve({ handle: 7 });
      },
    });
    await bench.actor.start();
    await Promise.all([bench.actor.close(), bench.actor.close()]);
    await bench.actor.close();
    expect(configs).to.deep.equal([
      { config: { option: 1 }, providerId: 'p', inherited: undefined },
    ]);
    expect(bench.closed).to.deep.equal([{ handle: 7 }]);
  });

  it('P20 · waits for the calls under way before it closes, and they are answered', async () => {
    bench = new InlineBench();
    await bench.actor.start();
    const lines = [];
    for (const id of ['i', 'j']) {
      await bench.give(id);
      lines.push(bench.guest(id).line!);
    }
    const answers = lines.map((line, index) => line.ask(call(`key ${index}`)));
    await until(() => bench.pending.length === 2);
    const closing = bench.actor.close();
    await settled();
    expect(bench.actor.isReady, 'at once').to.equal(false);
    for (const { key, finish } of bench.pending) {
      await settled();
      expect(bench.closed).to.deep.equal([]);
      expect((await bench.actor.info()).status).to.equal('draining');
      expect(
        lines.map(({ isClosed }) => isClosed),
        'what is served still must not be taken for not done',
      ).to.deep.equal([false, false]);
      finish(key);
    }
    expect(await Promise.all(answers)).to.deep.equal([{ value: 'key 0' }, { value: 'key 1' }]);
    await closing;
    expect(bench.closed).to.deep.equal(['state']);
    expect((await bench.actor.info()).calls).to.equal(2);
    expect(bench.clock.pending).to.equal(0);
  });

  it('P20 · waits for them no longer than five seconds, and what comes of them then is not known', async () => {
    bench = new InlineBench();
    await bench.actor.start();
    await bench.give('i');
    const line = bench.guest('i').line!;
    const answer = line.ask(call('key'));
    await until(() => bench.pending.length === 1);
    const closing = bench.actor.close();
    await bench.pass(4_999);
    expect(bench.closed).to.deep.equal([]);
    await bench.pass(1);
    await closing;
    expect(bench.closed).to.deep.equal(['state']);
    expect(await answer).to.have.property('failure', 'STORAGE_ERROR');
    expect(() => bench.pending[0]?.finish('late')).to.not.throw();
  });

  it('P20 · waits for them no longer than it is told to', async () => {
    bench = new InlineBench();
    await bench.actor.start();
    await bench.give('i');
    const answer = bench.guest('i').line!.ask(call('key'));
    await until(() => bench.pending.length === 1);
    const closing = bench.actor.close(0);
    await bench.pass(0);
    await closing;
    expect(await answer).to.have.property('failure', 'STORAGE_ERROR');
    expect(bench.closed).to.deep.equal(['state']);
  });

  it('P20 · sends on a guest that asks while it is paused for its end, and the route says why', async () => {
    bench = new InlineBench();
    await bench.actor.start();
    await bench.give('i');
    const guest = bench.guest('i');
    const line = guest.line!;
    const before = line.ask(call('before'));
    await until(() => bench.pending.length === 1);
    const closing = bench.actor.close();
    await settled();
    const asked = bench.guest('j');
    expect(asked.line, 'who comes now is told').to.equal(undefined);
    bench.pending[0]?.finish('value');
    expect(await before).to.deep.equal({ value: 'value' });
    await closing;
    expect(guest.line).to.equal(undefined);
    expect(line.isClosed).to.equal(true);
  });

  it('keeps the typed error that its opening fails with, and has crashed then', async () => {
    const error = new WasmatrixError('INVALID_REQUEST', 'bad path', { field: 'config.path' });
    bench = new InlineBench({ open: () => Promise.reject(error) });
    expect(await rejectionOf(bench.actor.start())).to.equal(error);
    expect((await bench.actor.info()).status).to.equal('crashed');
    await bench.actor.close();
    expect(bench.closed, 'there is no state to close').to.deep.equal([]);
  });

  it('makes a storage error of anything else that its opening fails with', async () => {
    bench = new InlineBench({
      open: () => {
        throw new TypeError('disk on fire');
      },
    });
    const error = await rejectionOf(bench.actor.start());
    expect(error.code).to.equal('STORAGE_ERROR');
    expect(error.message).to.include('disk on fire');
    expect(error.details).to.deep.equal({ providerId: 'p' });
    expect(error.cause).to.be.instanceOf(TypeError);
  });

  it('is refused where what it serves is of another type', async () => {
    bench = new InlineBench({ type: 'other' });
    const error = await rejectionOf(bench.actor.start());
    expect(error.code).to.equal('INVALID_REQUEST');
    expect(error.details['field']).to.equal('providerType');
    expect((await bench.actor.info()).status).to.equal('crashed');
  });

  it('W5 · that is closed while it opens closes what it has opened, and is never ready', async () => {
    const opening = Promise.withResolvers<string>();
    bench = new InlineBench({ open: () => opening.promise });
    const opened = rejectionOf(bench.actor.start());
    let isClosed = false;
    const closing = bench.actor.close().then(() => (isClosed = true));
    await settled();
    expect(isClosed, 'while something may still be opened').to.equal(false);
    opening.resolve('late state');
    expect((await opened).code).to.equal('CAPABILITY_NOT_FOUND');
    await closing;
    expect(bench.closed).to.deep.equal(['late state']);
    expect(bench.actor.isReady).to.equal(false);
    expect(bench.facts).to.deep.equal([]);
  });

  it('W5 · that is closed while it opens waits for that no longer than its deadline', async () => {
    const opening = Promise.withResolvers<string>();
    bench = new InlineBench({ open: () => opening.promise });
    const opened = rejectionOf(bench.actor.start());
    let isClosed = false;
    const closing = bench.actor.close().then(() => (isClosed = true));
    await bench.pass(9_999);
    expect(isClosed).to.equal(false);
    await bench.pass(1);
    await closing;
    expect(bench.closed).to.deep.equal([]);
    opening.resolve('very late');
    expect((await opened).code).to.equal('CAPABILITY_NOT_FOUND');
    expect(bench.closed).to.deep.equal(['very late']);
    expect(bench.clock.pending).to.equal(0);
  });

  it('hands on what its closing fails with', async () => {
    bench = new InlineBench({ close: () => Promise.reject(new Error('not flushed')) });
    const { actor } = bench;
    await actor.start();
    const failures = await Promise.allSettled([actor.close(), actor.close()]);
    expect(failures.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    expect((await actor.info()).status).to.equal('stopped');
  });

  it('P20 · that does not open within thirty seconds has crashed, and gives back what comes late', async () => {
    const opening = Promise.withResolvers<string>();
    bench = new InlineBench({ open: () => opening.promise });
    const opened = rejectionOf(bench.actor.start());
    await bench.pass(29_999);
    expect((await bench.actor.info()).status).to.equal('starting');
    await bench.pass(1);
    expect((await opened).code).to.equal('TIMEOUT');
    expect((await bench.actor.info()).status).to.equal('crashed');
    expect(bench.clock.pending).to.equal(0);
    opening.resolve('late');
    await settled();
    expect(bench.closed).to.deep.equal(['late']);
    expect(bench.actor.isReady).to.equal(false);
  });

  it('that fails after its deadline disturbs nobody', async () => {
    const opening = Promise.withResolvers<string>();
    bench = new InlineBench({ open: () => opening.promise });
    const opened = rejectionOf(bench.actor.start());
    await bench.pass(30_000);
    expect((await opened).code).to.equal('TIMEOUT');
    opening.reject(new Error('late'));
    await settled();
    expect(bench.closed).to.deep.equal([]);
  });

  it('W5 · does not wait for a closing that never ends', async () => {
    bench = new InlineBench({ close: () => new Promise<void>(() => undefined) });
    await bench.actor.start();
    const closing = rejectionOf(bench.actor.close());
    await bench.pass(10_000);
    expect((await closing).code).to.equal('TIMEOUT');
    expect(bench.clock.pending).to.equal(0);
  });
});
