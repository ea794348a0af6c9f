import { expect } from 'chai';
import * as fc from 'fast-check';
import { defineProvider } from '../../lib/core/define-provider.ts';
import { WasmatrixError } from '../../lib/core/errors.ts';
import { RUNS } from '../core/property-runs.ts';
import { rejectionOf, settled } from '../thrown.ts';
import { kv, newDirectory, wanting } from './directory-bench.ts';

describe('the directory of providers', () => {
  it('P13 · holds what was started and not stopped, and tells each start and stop once', async () => {
    const ids = fc.constantFrom('a', 'b', 'c', 'constructor');
    const change = fc.tuple(fc.constantFrom('start', 'stop'), ids);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 20 }), async (changes) => {
        const { directory, told, ids: listed } = newDirectory(kv);
        const model = new Set<string>();
        const facts: string[] = [];
        for (const [what, id] of changes) {
          if (what === 'start') {
            const starting = directory.start({ providerType: 'kv', providerId: id });
            if (model.has(id)) {
              expect((await rejectionOf(starting)).details['field']).to.equal('providerId');
              continue;
            }
            expect(await starting).to.equal(id);
            model.add(id);
            facts.push(`provider_started ${id}`);
          } else if (model.delete(id)) {
            await directory.stop(id);
            facts.push(`provider_stopped ${id}`);
          } else {
            expect((await rejectionOf(directory.stop(id))).code).to.equal('CAPABILITY_NOT_FOUND');
          }
        }
        expect(await listed()).to.deep.equal([...model]);
        expect(told()).to.deep.equal(facts);
        for (const id of ['a', 'b', 'c', 'constructor']) {
          expect(directory.find(id) !== undefined).to.equal(model.has(id));
        }
      }),
      RUNS,
    );
  });

  it('P21 · knows ids of providers only, as the registry knows those of instances only', async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(names, fc.nat(5), async (all, cut) => {
        const { directory, registry } = newDirectory(kv);
        const at = 1 + (cut % (all.length - 1));
        const providers = all.slice(0, at).map((id) => `p-${id}`);
        const instances = all.slice(at).map((id) => `i-${id}`);
        for (const id of providers) await directory.start({ providerType: 'kv', providerId: id });
        for (const id of instances) {
          for (const providerId of providers) {
            const assignment = { ...wanting('kv', providerId), capabilityId: providerId };
            registry.put(id, { assignment, providerId });
            await directory.find(providerId)?.assign(id, assignment);
          }
        }
        for (const id of instances) expect(directory.find(id)).to.equal(undefined);
        for (const id of providers) expect(registry.of(id)).to.deep.equal([]);
        expect(JSON.stringify(await directory.list())).to.not.match(/"i-/);
        for (const id of providers) await directory.stop(id);
        for (const id of instances) expect(registry.of(id)).to.have.length(providers.length);
      }),
      RUNS,
    );
  });

  it('chooses the named provider, else the only one, else the built-in one', async () => {
    const { directory } = newDirectory(kv, defineProvider({ type: 'log', operations: {} }));
    const choice = async (id?: string): Promise<string> =>
      (await directory.choose(wanting('kv', id), 'a')).providerId;
    const refusal = (id?: string): Promise<WasmatrixError> => rejectionOf(choice(id));
    expect(await choice()).to.equal('default-kv');
    await directory.start({ providerType: 'kv', providerId: 'one' });
    expect(await choice()).to.equal('one');
    expect(await choice('default-kv')).to.equal('default-kv');
    await directory.start({ providerType: 'kv', providerId: 'two' });
    const error = await refusal();
    expect(error.details['field']).to.equal('a.providerId');
    expect(error.details['candidates']).to.deep.equal(['one', 'two']);
    expect(await choice('two')).to.equal('two');
    expect((await refusal('three')).code).to.equal('CAPABILITY_NOT_FOUND');
    await directory.startDefault('log');
    expect((await refusal('default-log')).code, 'of another type').to.equal('CAPABILITY_NOT_FOUND');
    await directory.stop('one');
    expect(await choice()).to.equal('two');
    await directory.closeAll();
    expect((await refusal()).code, 'what was stopped stays so').to.equal('CAPABILITY_NOT_FOUND');
    const unknown = await rejectionOf(directory.choose(wanting('http'), 'a'));
    expect(unknown.code).to.equal('CAPABILITY_NOT_FOUND');
    expect(unknown.details).to.deep.equal({ providerType: 'http' });
  });

  it('starts one default provider for all who need it at once, and again after a failed start', async () => {
    let isBroken = true;
    const flaky = defineProvider({
      type: 'kv',
      operations: {},
      open: () => (isBroken ? Promise.reject(new Error('no disk')) : undefined),
    });
    const { directory, told } = newDirectory(flaky);
    const choose = () => directory.choose(wanting('kv'), 'a');
    const failures = await Promise.all([rejectionOf(choose()), rejectionOf(choose())]);
    expect(failures.map(({ code }) => code)).to.deep.equal(['STORAGE_ERROR', 'STORAGE_ERROR']);
    isBroken = false;
    const [first, second] = await Promise.all([choose(), choose()]);
    expect(first).to.equal(second);
    expect(told()).to.deep.equal(['provider_crashed default-kv', 'provider_started default-kv']);
    expect(await choose()).to.equal(first);
  });

  it('P18 · refuses a malformed request naming its field, and keeps nothing of it', async () => {
    const { directory, told, ids } = newDirectory(kv);
    const bad: [unknown, string][] = [
      [undefined, 'provider'],
      [null, 'provider'],
      [[], 'provider'],
      [{}, 'providerType'],
      [{ providerType: 'KV' }, 'providerType'],
      [{ providerType: 'nope' }, 'providerType'],
      [{ providerType: 'http' }, 'providerType'],
      [{ providerType: '__proto__' }, 'providerType'],
      [{ providerType: 'kv', providerId: 'a\n' }, 'providerId'],
      [{ providerType: 'kv', providerId: null }, 'providerId'],
      [{ providerType: 'kv', config: null }, 'config'],
      [{ providerType: 'kv', config: [] }, 'config'],
      [{ providerType: 'kv', id: 'x' }, 'provider.id'],
      [{ providerType: 'kv', definition: null }, 'definition'],
      [{ providerType: 'kv', definition: 5 }, 'definition'],
      [{ definition: 5 }, 'definition'],
      [{ providerType: 'other', definition: kv }, 'providerType'],
      [{ definition: { type: 'mine', operations: {} } }, 'definition.open'],
      [{ definition: { ...kv, type: 'No Type' } }, 'definition.type'],
      [{ definition: { ...kv, operations: null } }, 'definition.operations'],
      [{ definition: { ...kv, operations: [] } }, 'definition.operations'],
      [{ definition: { ...kv, operations: { a: null } } }, 'definition.operations.a'],
      [{ definition: { ...kv, operations: { a: {} } } }, 'definition.operations.a.permission'],
      [
        { definition: { ...kv, operations: { a: { permission: () => [] } } } },
        'definition.operations.a.run',
      ],
      [{ definition: { ...kv, open: 1 } }, 'definition.open'],
      [{ definition: { ...kv, close: 1 } }, 'definition.close'],
      [{ definition: { ...kv, metadata: {} } }, 'definition.metadata'],
      [{ definition: { ...kv, concerns: true } }, 'definition.concerns'],
      [{ definition: { ...kv, checkAssignment: null } }, 'definition.checkAssignment'],
    ];
    for (const [value, field] of bad) {
      const error = await rejectionOf(directory.start(value));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field'], JSON.stringify(value)).to.equal(field);
    }
    expect(await ids()).to.deep.equal([]);
    expect(told()).to.deep.equal([]);
  });

  it('P20 · tells a start that fails as a crash, and gives the id back', async () => {
    const { directory, told } = newDirectory(kv);
    const broken = defineProvider({
      type: 'kv',
      operations: {},
      open: () => Promise.reject(new Error('no disk')),
    });
    const start = { providerId: 'p', definition: broken };
    expect((await rejectionOf(directory.start(start))).code).to.equal('STORAGE_ERROR');
    expect(told()).to.deep.equal(['provider_crashed p']);
    expect(await directory.start({ providerType: 'kv', providerId: 'p' })).to.equal('p');
  });

  it('P13 · tells one end of a provider that is stopped twice at once, even if it fails in closing', async () => {
    const { directory, told } = newDirectory();
    const broken = defineProvider({
      type: 'mine',
      operations: {},
      close: () => Promise.reject(new WasmatrixError('STORAGE_ERROR', 'not flushed')),
    });
    await directory.start({ providerId: 'p', definition: broken });
    await Promise.all([directory.stop('p'), directory.stop('p'), directory.closeAll()]);
    expect(told()).to.deep.equal([
      'provider_started p',
      'provider_crashed p',
      'provider_stopped p',
    ]);
    expect(await directory.list()).to.deep.equal([]);
  });

  it('W5 · leaves nothing of a provider that was stopped while it started', async () => {
    const { directory, told } = newDirectory();
    const opening = Promise.withResolvers<string>();
    const closed: unknown[] = [];
    const slow = defineProvider<string>({
      type: 'mine',
      operations: {},
      open: () => opening.promise,
      close: (state) => {
        closed.push(state);
      },
    });
    const starting = rejectionOf(directory.start({ providerId: 'p', definition: slow }));
    await settled();
    const closing = directory.closeAll();
    await settled();
    opening.resolve('late');
    expect((await starting).code).to.equal('CAPABILITY_NOT_FOUND');
    await closing;
    expect(closed).to.deep.equal(['late']);
    expect(await directory.list()).to.deep.equal([]);
    expect(told().filter((each) => each.startsWith('provider_started'))).to.deep.equal([]);
    expect(told(), 'one end at most').to.have.length.at.most(1);
  });

  it('W5 · tells a closing that never ends as a crash, and goes on', async () => {
    const { directory, told, clock } = newDirectory();
    const stuck = defineProvider({
      type: 'mine',
      operations: {},
      close: () => new Promise<void>(() => undefined),
    });
    await directory.start({ providerId: 'p', definition: stuck });
    const stopped = directory.stop('p');
    await settled();
    clock.advance(10_000);
    await stopped;
    expect(told()).to.deep.equal([
      'provider_started p',
      'provider_crashed p',
      'provider_stopped p',
    ]);
    expect(clock.pending).to.equal(0);
  });

  it('lists every provider, also those that cannot tell of themselves', async () => {
    const { directory } = newDirectory(kv);
    const mute = defineProvider({
      type: 'mine',
      operations: {},
      metadata: () => {
        throw new Error('no idea');
      },
    });
    await directory.start({ providerId: 'p', definition: mute });
    await directory.start({ providerType: 'kv', providerId: 'q' });
    const list = await directory.list();
    expect(list.map(({ providerId }) => providerId)).to.deep.equal(['p', 'q']);
    expect(list[0]?.metadata).to.deep.equal({});
  });
});
