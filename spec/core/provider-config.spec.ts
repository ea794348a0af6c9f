import { expect } from 'chai';
import * as fc from 'fast-check';
import { defineProvider } from '../../lib/core/define-provider.ts';
import type { ProviderDefinition } from '../../lib/core/provider.ts';
import { type ProviderPlan, resolveProviderConfig } from '../../lib/core/provider-config.ts';
import { thrownBy } from '../thrown.ts';
import { RUNS } from './property-runs.ts';

const own = defineProvider({ type: 'own', operations: {} });
const mine = defineProvider({ type: 'mine', operations: {} });

const AVAILABLE: ReadonlyMap<string, ProviderDefinition | undefined> = new Map([
  ['kv', undefined],
  ['http', undefined],
  ['messaging', undefined],
  ['mine', mine],
]);

const resolved = (value: unknown): ProviderPlan => resolveProviderConfig(value, AVAILABLE);
const restartPolicy = {
  policyType: 'on-failure',
  maxRetries: 5,
  periodMs: 60_000,
  backoff: { initialMs: 100, factor: 2, maxMs: 30_000, jitter: 0.1 },
};

describe('a provider as it is asked for', () => {
  it('gets every default that it leaves out', () => {
    expect(resolved({ providerType: 'kv' })).to.deep.equal({
      providerType: 'kv',
      providerId: undefined,
      config: {},
      source: { kind: 'built-in', type: 'kv' },
      placement: 'thread',
      restartPolicy,
      callTimeoutMs: 5_000,
      heapMb: 512,
    });
  });

  it('waits longer where operations wait for others by their nature', () => {
    const timeouts = ['kv', 'http', 'messaging', 'mine'].map(
      (providerType) => resolved({ providerType }).callTimeoutMs,
    );
    expect(timeouts).to.deep.equal([5_000, 60_000, 60_000, 5_000]);
    expect(resolved({ providerType: 'http', callTimeoutMs: 7 }).callTimeoutMs).to.equal(7);
  });

  it('keeps what it names', () => {
    const given = {
      providerType: 'kv',
      providerId: 'p',
      config: { backend: 'lmdb', path: '/x' },
      placement: 'inline',
      restartPolicy: { policyType: 'never' },
      callTimeoutMs: 1,
      heapMb: 64,
    };
    expect(resolved(given)).to.deep.equal({ ...given, source: { kind: 'built-in', type: 'kv' } });
  });

  it('is served inline where it is a definition, given or known by its type', () => {
    const given = resolved({ definition: own });
    expect(given.placement).to.equal('inline');
    expect(given.providerType).to.equal('own');
    expect(given.source).to.deep.equal({ kind: 'definition', definition: own });
    const known = resolved({ providerType: 'mine' });
    expect(known.placement).to.equal('inline');
    expect(known.source).to.deep.equal({ kind: 'definition', definition: mine });
  });

  it('may be a module of any type, by URL or absolute path, in a thread or inline', () => {
    const module = (value: unknown): unknown => {
      const plan = resolved({ providerType: 'other', module: value });
      expect(plan.placement).to.equal('thread');
      return plan.source;
    };
    const url = 'file:///a%20b/c%23d.js';
    expect(module('/a b/c#d.js')).to.deep.equal({ kind: 'module', url });
    expect(module(new URL(url))).to.deep.equal({ kind: 'module', url });
    expect(module(url)).to.deep.equal({ kind: 'module', url });
    const inline = resolved({ providerType: 'kv', module: '/x.js', placement: 'inline' });
    expect(inline.placement).to.equal('inline');
    expect(inline.source, 'in the place of the built-in one').to.deep.equal({
      kind: 'module',
      url: 'file:///x.js',
    });
  });

  it('P18 · is refused naming its field', () => {
    const kv = { providerType: 'kv' };
    const module = { providerType: 'other', module: '/x.js' };
    const bad: [unknown, string][] = [
      [undefined, 'provider'],
      [null, 'provider'],
      [[], 'provider'],
      [new Map(), 'provider'],
      [{ ...kv, id: 'x' }, 'provider.id'],
      [{}, 'providerType'],
      [{ providerType: 'KV' }, 'providerType'],
      [{ providerType: 'nope' }, 'providerType'],
      [{ providerType: '__proto__' }, 'providerType'],
      [{ providerType: 'constructor' }, 'providerType'],
      [{ providerType: 'kv', definition: own }, 'providerType'],
      [{ module: '/x.js' }, 'providerType'],
      [{ ...kv, providerId: 'a\n' }, 'providerId'],
      [{ ...kv, providerId: null }, 'providerId'],
      [{ ...kv, config: null }, 'config'],
      [{ ...kv, config: [] }, 'config'],
      [{ ...kv, config: { connect: () => undefined } }, 'config'],
      [{ ...kv, config: [], placement: 'inline' }, 'config'],
      [{ ...kv, definition: null }, 'definition'],
      [{ definition: { ...own, type: 'No Type' } }, 'definition.type'],
      [{ definition: { ...own, handOver: 5 } }, 'definition.handOver'],
      [{ definition: { ...own, assigned: {} } }, 'definition.assigned'],
      [{ definition: own, module: '/x.js' }, 'module'],
      [{ ...module, module: 'x.js' }, 'module'],
      [{ ...module, module: './x.js' }, 'module'],
      [{ ...module, module: 'data:text/javascript,1' }, 'module'],
      [{ ...module, module: 'https://example.com/x.js' }, 'module'],
      [{ ...module, module: new URL('https://example.com/x.js') }, 'module'],
      [{ ...module, module: `/${'x'.repeat(5_000)}` }, 'module'],
      [{ ...module, module: null }, 'module'],
      [{ ...module, module: 5 }, 'module'],
      [{ ...kv, placement: 'process' }, 'placement'],
      [{ ...kv, placement: null }, 'placement'],
      [{ definition: own, placement: 'thread' }, 'placement'],
      [{ providerType: 'mine', placement: 'thread' }, 'placement'],
      [{ ...kv, restartPolicy: 'always' }, 'restartPolicy'],
      [{ ...kv, restartPolicy: { policyType: 'often' } }, 'restartPolicy.policyType'],
      [{ ...kv, restartPolicy: { maxRetries: -1 } }, 'restartPolicy.maxRetries'],
      [{ ...kv, restartPolicy: { backoff: { factor: 0 } } }, 'restartPolicy.backoff.factor'],
      ...[0, -1, 1.5, '5', null, Number.NaN, 3_600_001].map((callTimeoutMs): [unknown, string] => [
        { ...kv, callTimeoutMs },
        'callTimeoutMs',
      ]),
      ...[0, 7, 65_537, 10.5, '64', null].map((heapMb): [unknown, string] => [
        { ...kv, heapMb },
        'heapMb',
      ]),
    ];
    for (const [value, field] of bad) {
      const error = thrownBy(() => resolved(value));
      expect(error.code).to.equal('INVALID_REQUEST');
      expect(error.details['field'], error.message).to.equal(field);
    }
  });

  it('P18 · is resolved or refused with a field, whatever it is', () => {
    const anything = fc.anything({ withNullPrototype: true });
    const names = ['providerType', 'providerId', 'config', 'definition', 'module', 'placement'];
    const more = ['restartPolicy', 'callTimeoutMs', 'heapMb'];
    const record = fc.record(
      Object.fromEntries([...names, ...more].map((key) => [key, anything])),
      {
        requiredKeys: [],
      },
    );
    const some = record.map((each) => ({ providerType: 'kv', ...each }));
    fc.assert(
      fc.property(fc.oneof(anything, record, some), (value) => {
        let plan: ProviderPlan | undefined;
        try {
          plan = resolved(value);
        } catch (error) {
          expect(error).to.have.property('code', 'INVALID_REQUEST');
          expect(error).to.have.nested.property('details.field').that.is.a('string');
        }
        if (plan !== undefined) expect(resolved(value)).to.deep.equal(plan);
      }),
      RUNS,
    );
  });

  it('keeps a copy of a configuration for a thread, and what it was given for itself', () => {
    const config = { list: [1] };
    const threaded = resolved({ providerType: 'kv', config });
    const inline = resolved({ providerType: 'kv', config, placement: 'inline' });
    config.list.push(2);
    expect(threaded.config).to.deep.equal({ list: [1] });
    expect(inline.config).to.equal(config);
    const connected = { connect: () => undefined };
    expect(resolved({ definition: own, config: connected }).config).to.equal(connected);
  });

  it('tells which types there are where it names another', () => {
    const error = thrownBy(() => resolved({ providerType: 'nope' }));
    expect(error.details['available']).to.deep.equal(['kv', 'http', 'messaging', 'mine']);
  });
});
