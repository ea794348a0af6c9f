import { expect } from 'chai';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { failureOf, kvGrant } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { ask, withHost } from '../host/host-stage.ts';
import { type Scrape, scrape } from './scrape.ts';
import { everythingHappens, invoke, startCounter } from './telemetry-stage.ts';

const READER = 'reader-token-of-the-spec';

function growsOnly(before: Scrape, after: Scrape): void {
  for (const { name, labels, value } of before.samples) {
    const kind =
      before.kinds.get(name) ?? before.kinds.get(name.replace(/_(bucket|sum|count)$/, ''));
    // What is told of single instances begins anew with their lives, and ends with them.
    if (kind === 'gauge' || 'instance_id' in labels) continue;
    const [now] = after.of(name, labels);
    expect(now?.value, `${name} ${JSON.stringify(labels)}`).to.be.at.least(value);
  }
}

describe('the metrics of a host', function () {
  this.timeout(60_000);

  it('count what has happened, and agree with the facts', () =>
    withHost(async (host) => {
      await everythingHappens(host);
      const seen = await scrape(host.url);
      const { instances } = await host.supervisor.stats();
      for (const [status, count] of Object.entries(instances)) {
        expect(seen.sum('wasmatrix_instances', { status }), status).to.equal(count);
      }
      expect(seen.sum('wasmatrix_instance_starts_total')).to.equal(3);
      expect(seen.sum('wasmatrix_instance_restarts_total')).to.equal(2);
      expect(seen.sum('wasmatrix_instance_failures_total')).to.equal(1);
      expect(seen.sum('wasmatrix_instance_crashes_total', { reason: 'trap' })).to.equal(2);
      expect(seen.sum('wasmatrix_instance_crashes_total', { reason: 'timeout' })).to.equal(1);
      expect(seen.sum('wasmatrix_instance_kills_total', { reason: 'timeout' })).to.equal(1);
      expect(seen.sum('wasmatrix_instance_kills_total', { reason: 'killed' })).to.equal(1);
      expect(seen.sum('wasmatrix_calls_total', { outcome: 'ok' })).to.equal(1);
      expect(seen.sum('wasmatrix_calls_total', { outcome: 'WASM_RUNTIME_ERROR' })).to.equal(2);
      expect(seen.sum('wasmatrix_calls_total', { outcome: 'TIMEOUT' })).to.equal(1);
      const route = '/v1/instances/:id/invoke/:export';
      expect(seen.sum('wasmatrix_api_requests_total', { route, status: '200' })).to.equal(1);
      expect(seen.sum('wasmatrix_api_requests_total', { route })).to.equal(4);
    }));

  it('time calls, their wait and their capability calls, in ranges that add up', () =>
    withHost(async (host) => {
      const id = await everythingHappens(host);
      await Promise.all([1, 2, 3].map(() => invoke(host, id, 'bump-many', ['b', 2])));
      const seen = await scrape(host.url);
      for (const [name, count] of [
        ['wasmatrix_call_duration_seconds', 7],
        ['wasmatrix_mailbox_wait_seconds', 7],
        ['wasmatrix_capability_duration_seconds', seen.sum('wasmatrix_capability_calls_total')],
      ] as const) {
        const buckets = seen.of(`${name}_bucket`).map(({ value }) => value);
        expect(buckets, name).to.deep.equal(buckets.toSorted((a, b) => a - b));
        expect(buckets.at(-1), name).to.equal(count);
        expect(seen.sum(`${name}_count`), name).to.equal(count);
        expect(seen.sum(`${name}_sum`), name).to.be.above(0);
      }
      const timed = { provider_type: 'kv' };
      expect(seen.sum('wasmatrix_capability_duration_seconds_count', timed)).to.be.at.least(11);
      // The call that was killed ran for 50 ms.
      expect(seen.sum('wasmatrix_call_duration_seconds_sum')).to.be.at.least(0.05);
    }));

  it('never count down, whatever restarts, stops or is replaced', () =>
    withHost(async (host) => {
      const { supervisor } = host;
      const own = await supervisor.startProvider({ providerType: 'kv', providerId: 'own' });
      const id = await supervisor.startInstance({
        module: guestBytes('counter-c'),
        capabilities: [{ ...kvGrant(['kv:read', 'kv:write']), providerId: own }],
      });
      await invoke(host, id, 'bump-many', ['a', 5]);
      const first = await scrape(host.url);
      expect(first.sum('wasmatrix_capability_duration_seconds_count')).to.be.at.least(5);
      await supervisor.updateProvider(own, { providerType: 'kv' });
      const second = await scrape(host.url);
      growsOnly(first, second);
      await invoke(host, id, 'bump-many', ['a', 5]);
      await supervisor.restartInstance(id);
      await supervisor.stopInstance(id);
      await supervisor.stopProvider(own);
      const third = await scrape(host.url);
      growsOnly(second, third);
      expect(third.sum('wasmatrix_capability_duration_seconds_count')).to.be.at.least(10);
      expect(third.sum('wasmatrix_calls_begun_total')).to.equal(2);
    }));

  it('tell single instances apart up to a bound, whatever they are called', () =>
    withHost(
      async (host) => {
        const { supervisor } = host;
        const name = 'a "quoted" \\ name';
        const started = await Promise.all(
          Array.from({ length: 6 }, () =>
            supervisor.startInstance({ module: guestBytes('core'), name }),
          ),
        );
        await supervisor.invoke(started[4] as string, 'grow', [3]);
        await invoke(host, started[5] as string, 'add', [1, 2]);
        const seen = await scrape(host.url);
        for (const metric of ['cpu_seconds_total', 'memory_bytes', 'mailbox_waiting']) {
          expect(seen.of(`wasmatrix_instance_${metric}`), metric)
            .to.have.length.above(0)
            .and.below(5);
        }
        const [most] = seen
          .of('wasmatrix_instance_memory_bytes')
          .toSorted((a, b) => b.value - a.value);
        expect(most?.labels['instance_id']).to.equal(started[4]);
        expect(most?.labels['name']).to.equal(String.raw`a \"quoted\" \\ name`);
      },
      { telemetry: { topInstances: 2 } },
    ));

  it('keep whatever callers write out of their labels', () =>
    withHost(async (host) => {
      for (let round = 0; round < 5; round++) {
        await ask(`${host.url}/none/${round}`);
        await ask(`${host.url}/v1/instances/i${round}`);
        await ask(`${host.url}/v1/instances/i${round}`, 'PROPFIND');
      }
      const seen = await scrape(host.url);
      const requests = seen.of('wasmatrix_api_requests_total').map(({ labels }) => labels);
      expect(requests).to.have.deep.members([
        { method: 'any', route: 'none', status: '404' },
        { method: 'any', route: 'none', status: '405' },
        { method: 'GET', route: '/v1/instances/:id', status: '404' },
      ]);
    }));

  it('P12 · are for those who may read the API, and nobody else', () =>
    withHost(
      async (host) => {
        expect((await ask(`${host.url}/metrics`)).status).to.equal(401);
        const seen = await scrape(host.url, { authorization: `Bearer ${READER}` });
        expect(seen.sum('wasmatrix_info')).to.equal(1);
        expect(seen.text).not.to.include(READER);
      },
      { tokens: [{ name: 'eyes', role: 'read', token: READER }] },
    ));

  it('are not there where they are not wanted, and never in a supervisor by itself', async () => {
    await withHost(
      async (host) => {
        expect((await ask(`${host.url}/metrics`)).status).to.equal(404);
        const id = await startCounter(host);
        await host.supervisor.invoke(id, 'bump', ['a']);
        expect(await host.supervisor.stats()).not.to.have.property('telemetry');
      },
      { telemetry: { metrics: false } },
    );
    await using supervisor = await createSupervisor();
    expect(await supervisor.stats()).not.to.have.property('telemetry');
    for (const telemetry of [{ metrics: 1 }, { traces: 'yes' }, { topInstances: 501 }, { x: 1 }]) {
      const [key = ''] = Object.keys(telemetry);
      const { code, details } = await failureOf(createSupervisor({ telemetry } as object));
      expect([code, details['field']]).to.deep.equal(['INVALID_REQUEST', `telemetry.${key}`]);
    }
  });

  it('answer many at once, from one look', () =>
    withHost(async (host) => {
      await startCounter(host);
      const all = await Promise.all(Array.from({ length: 20 }, () => scrape(host.url)));
      for (const each of all) expect(each.sum('wasmatrix_instances')).to.equal(1);
    }));
});
