import { expect } from 'chai';
import type { WireValue } from '../../lib/core/provider.ts';
import { MOVED } from '../../lib/serving/provider-server.ts';
import type { ServeCall } from '../../lib/serving/serving-channel.ts';
import { answers, ClientBench, moved, until } from './client-bench.ts';

describe('the calls of a guest’s thread whose provider leaves it', () => {
  let bench: ClientBench;
  beforeEach(() => {
    bench = new ClientBench();
  });
  afterEach(() => bench.end());

  it('P20 · wait while their provider is being replaced, and are made once, by the route that comes', async () => {
    bench.host.connect('p', bench.server('former', moved));
    const result = bench.thread.call();
    await until(() => bench.asked.length > 0);
    bench.host.connect('p', bench.server('next', answers('next')));
    expect(await result).to.deep.equal({ value: 'next' });
    expect(bench.asked).to.deep.equal(['former', 'next']);
  });

  it('P20 · that wait are made again where they were, if nothing comes of the replacement', async () => {
    let isPaused = true;
    bench.host.connect(
      'p',
      bench.server('p', () => (isPaused ? MOVED : 'again')),
    );
    const result = bench.thread.call();
    await until(() => bench.asked.length > 0);
    isPaused = false;
    bench.host.wake();
    expect(await result).to.deep.equal({ value: 'again' });
    expect(bench.asked).to.deep.equal(['p', 'p']);
  });

  it('P20 · that wait go on to another provider when theirs is gone', async () => {
    bench.host.connect('p', bench.server('p', moved));
    const refused = bench.thread.call();
    await until(() => bench.asked.length > 0);
    bench.host.disconnect('p');
    expect(await refused).to.have.property('code', 'CAPABILITY_NOT_FOUND');
    bench.host.connect('p', bench.server('p', moved));
    const served = bench.thread.call();
    await until(() => bench.asked.length > 1);
    bench.host.connect('q', bench.server('q', answers('q')));
    bench.host.disconnect('p');
    expect(await served).to.deep.equal({ value: 'q' });
  });

  it('P20 · that are under way when their provider is lost fail, and are made anew if it had not begun', async () => {
    const hangs: ServeCall = () => new Promise<WireValue>(() => undefined);
    const lost = bench.host.connect('p', bench.server('lost', hangs));
    const failed = bench.thread.call();
    await until(() => bench.asked.length > 0);
    lost.settle(true);
    expect(await failed).to.deep.include({ code: 'STORAGE_ERROR' });
    const again = bench.host.connect('p', bench.server('paused', hangs));
    const result = bench.thread.call();
    await until(() => bench.asked.length > 1);
    again.settle(false);
    bench.host.connect('p', bench.server('next', answers('next')));
    expect(await result).to.deep.equal({ value: 'next' });
    expect(bench.asked).to.deep.equal(['lost', 'paused', 'next']);
  });

  it('P20 · are not begun by a link that was closed before, and are made by the route that comes', async () => {
    const closed = bench.host.connect('p', bench.server('closed', moved));
    closed.close();
    const result = bench.thread.call();
    bench.host.connect('p', bench.server('next', answers('next')));
    expect(await result).to.deep.equal({ value: 'next' });
  });

  it('P20 · end with TIMEOUT where no route comes', async () => {
    bench.host.connect('p', bench.server('p', moved));
    bench.start(50);
    const result = await bench.thread.call();
    expect(result).to.have.property('code', 'TIMEOUT');
    bench.host.connect('p', answers(1));
    expect(await bench.thread.call()).to.deep.equal({ value: 1 });
  });

  it('P20 · end with TIMEOUT where nobody answers, and a late answer reaches no other call', async () => {
    const late: ((value: WireValue) => void)[] = [];
    const slow: ServeCall = ({ args }) =>
      args[0] === 'slow' ? new Promise((resolve) => late.push(resolve)) : args[0]!;
    bench.host.connect('p', bench.server('p', slow));
    bench.host.connect('q', bench.server('q', answers('of another')));
    bench.start(300);
    expect(await bench.thread.call(['slow'])).to.have.property('code', 'TIMEOUT');
    expect(bench.asked, 'nobody else is asked for what may have been done').to.deep.equal(['p?']);
    const next = bench.thread.call(['quick']);
    late[0]?.('of the first call');
    expect(await next).to.deep.equal({ value: 'quick' });
  });
});
