import { expect } from 'chai';
import * as fc from 'fast-check';
import { WasmatrixError } from '../../lib/core/errors.ts';
import type { ServeCall } from '../../lib/serving/serving-channel.ts';
import { RUNS } from '../core/property-runs.ts';
import { RecordingProvider, ServerBench } from '../serving/server-bench.ts';
import { HostSide } from './calling-thread.ts';
import { answers, ClientBench, refuse } from './client-bench.ts';

describe('the calls of a guest’s thread', () => {
  let bench: ClientBench;
  beforeEach(() => {
    bench = new ClientBench();
  });
  afterEach(() => bench.end());

  it('P10 · go to the only provider of their family, for good, and come back with what it says', async () => {
    const { host } = bench;
    const fails: ServeCall = () => {
      throw new WasmatrixError('STORAGE_ERROR', 'full');
    };
    host.connect(
      'p',
      bench.server('p', ({ args }) => [...args, 'answer']),
    );
    host.connect('q', bench.server('q', fails), 'log');
    expect(await bench.thread.call([1, 2n])).to.deep.equal({ value: [1, 2n, 'answer'] });
    expect(await bench.thread.call([], 'log')).to.have.property('code', 'STORAGE_ERROR');
    expect(bench.asked).to.deep.equal(['p', 'q']);
  });

  it('P4 · go to the host’s desk where no provider is there for them, whatever their family is called', async () => {
    bench.host.connect('p', answers(1));
    const families = ['http', '__proto__', 'constructor', 'toString', ''];
    for (const family of families) {
      expect(await bench.thread.call([], family)).to.have.property('code', 'PERMISSION_DENIED');
    }
    expect(bench.atDesk).to.deep.equal(families);
  });

  it('P20 · fail as not found where the only provider does not run, and are served after its return', async () => {
    bench.host.disconnect('p');
    expect(await bench.thread.call()).to.have.property('code', 'CAPABILITY_NOT_FOUND');
    bench.host.connect('p', answers(1));
    expect(await bench.thread.call()).to.deep.equal({ value: 1 });
    bench.host.disconnect('p');
    expect(await bench.thread.call()).to.have.property('code', 'CAPABILITY_NOT_FOUND');
  });

  it('P4 · find the provider that allows them wherever it stands, after any changes of the routes', async () => {
    const ids = ['a', 'b', 'c'];
    const role = fc.constantFrom('serves', 'denies', 'knows nothing', 'is down');
    const changes = fc.array(fc.tuple(fc.constantFrom(...ids), role), { maxLength: 6 });
    const routes = new Map<string, string>();
    const apply = (id: string, what: string): void => {
      routes.set(id, what);
      if (what === 'is down') bench.host.disconnect(id);
      else {
        const code = what === 'denies' ? 'PERMISSION_DENIED' : 'CAPABILITY_NOT_FOUND';
        const serve: ServeCall = (_, isTentative) =>
          what === 'serves' ? id : refuse(code, isTentative);
        bench.host.connect(id, bench.server(id, serve));
      }
    };
    void bench.thread;
    await fc.assert(
      fc.asyncProperty(changes, async (sequence) => {
        for (const id of ids) apply(id, 'is gone');
        for (const [id, what] of sequence) apply(id, what);
        bench.asked.length = 0;
        bench.atDesk.length = 0;
        const result = await bench.thread.call();
        const all = [...routes.keys()];
        const serving = all.find((id) => routes.get(id) === 'serves');
        const denying = all.find((id) => routes.get(id) === 'denies');
        const up = all.filter((id) => routes.get(id) !== 'is down');
        const forNow = (id: string): string => (all.length === 1 ? id : `${id}?`);
        if (serving !== undefined) {
          expect(result).to.deep.equal({ value: serving });
          expect(bench.asked).to.deep.equal(up.slice(0, up.indexOf(serving) + 1).map(forNow));
        } else if (all.length === 0) {
          expect(result).to.have.property('code', 'PERMISSION_DENIED');
          expect(bench.asked).to.deep.equal([]);
        } else {
          const code = denying === undefined ? 'CAPABILITY_NOT_FOUND' : 'PERMISSION_DENIED';
          expect(result).to.have.property('code', code);
          const last = denying ?? all.at(-1)!;
          const asked = all.length === 1 ? [] : up.map(forNow);
          const forGood = up.includes(last) ? [last] : [];
          expect(bench.asked).to.deep.equal([...asked, ...forGood]);
        }
        expect(bench.atDesk).to.have.length(all.length === 0 ? 1 : 0);
      }),
      RUNS,
    );
  });

  it('P13 · leave one fact of a denial among several providers, and none where one of them serves', async () => {
    const servers = new ServerBench();
    const providers = new Map<string, RecordingProvider>();
    for (const id of ['a', 'b', 'c']) {
      const provider = new RecordingProvider('kv', {
        concerns: ([key], { config }) => config['prefix'] === (key as string)[0],
      });
      providers.set(id, provider);
      const server = await servers.provide(id, provider.definition);
      bench.host.connect(id, (call, isTentative) =>
        server.serve(servers.session('i'), call, isTentative),
      );
    }
    const give = (providerId: string, prefix: string, permission: string): Promise<void> =>
      servers.assign('i', 'c', [permission], { providerId, config: { prefix } });
    await give('a', 'x', 'kv:write');
    await give('b', 'y', 'kv:write');
    await give('c', 'y', 'kv:read:y1');
    expect(await bench.thread.call(['y1'])).to.deep.equal({ value: 'y1' });
    expect(servers.facts.query({})).to.deep.equal([]);
    expect(await bench.thread.call(['y2'])).to.have.property('code', 'PERMISSION_DENIED');
    const facts = servers.facts.query({});
    expect(facts.map(({ type, providerId }) => [type, providerId])).to.deep.equal([
      ['capability_denied', 'b'],
    ]);
    expect(await bench.thread.call(['z1'])).to.have.property('code', 'CAPABILITY_NOT_FOUND');
    expect(servers.facts.lastSeq).to.equal(1);
    expect([...providers.values()].flatMap(({ effects }) => effects)).to.deep.equal(['i get y1']);
  });

  it('P10 · that an operation itself denies are made once, and nowhere else', async () => {
    for (const code of ['PERMISSION_DENIED', 'CAPABILITY_NOT_FOUND'] as const) {
      const denies: ServeCall = () => Promise.reject(new WasmatrixError(code, 'by the operation'));
      bench.host.connect(code, bench.server(code, denies), code);
      bench.host.connect(`${code}-2`, bench.server('another', answers(1)), code);
      expect(await bench.thread.call([], code)).to.have.property('code', code);
    }
    expect(bench.asked).to.deep.equal(['PERMISSION_DENIED?', 'CAPABILITY_NOT_FOUND?']);
  });
});

describe('large calls of a guest’s thread', () => {
  const large = new Uint8Array(200_000).fill(7);
  let bench: ClientBench;
  beforeEach(() => {
    bench = new ClientBench(300_000);
  });
  afterEach(() => bench.end());

  it('P16 · travel by the port, both ways, for good or tentatively', async () => {
    const { host } = bench;
    host.connect(
      'p',
      bench.server('p', ({ args }) => args[0]!),
    );
    expect(await bench.thread.call([large])).to.deep.equal({ value: large });
    host.connect('q', answers(1));
    expect(await bench.thread.call([large])).to.deep.equal({ value: large });
    expect(await bench.thread.call(['small'])).to.deep.equal({ value: 'small' });
    expect(bench.asked).to.deep.equal(['p', 'p?', 'p?']);
  });

  it('W4 · that are larger than agreed are refused before anybody is asked', async () => {
    bench.host.connect('p', bench.server('p', answers(1)));
    const result = await bench.thread.call([new Uint8Array(400_000)]);
    expect(result).to.have.property('code', 'RESOURCE_EXHAUSTED');
    expect(await bench.thread.call([])).to.deep.equal({ value: 1 });
    expect(bench.asked).to.deep.equal(['p']);
  });

  it('P10 · are answered by the port though changes of routes are told by it too', async () => {
    const other = new HostSide(() => {
      // Told while the guest waits for this very answer, by the same port.
      other.connect('p', answers('p'), 'new');
      other.disconnect('q', 'old');
      return large;
    }, 300_000);
    const thread = other.start();
    try {
      expect(await thread.call([], 'none')).to.deep.equal({ value: large });
      expect(await thread.call([], 'new')).to.deep.equal({ value: 'p' });
      expect(await thread.call([], 'old')).to.have.property('code', 'CAPABILITY_NOT_FOUND');
      expect(await thread.call([], 'none')).to.deep.equal({ value: large });
    } finally {
      await thread.end();
    }
  });
});
