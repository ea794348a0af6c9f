import { expect } from 'chai';
import type { Page } from 'playwright-core';
import type { Host } from '../../lib/host/host.ts';
import { AT_ONCE, failureOf, kvGrant, pause, until } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { ask, jsonOf, withHost } from '../host/host-stage.ts';
import { BrowserStage, cellOf, cellsOf, isLive } from './browser-stage.ts';

const core = guestBytes('core');

describe('the dashboard', function () {
  this.timeout(60_000);
  let browser: BrowserStage;

  before(async function () {
    browser = await BrowserStage.open(this);
  });

  after(() => browser?.close());

  function shown<T>(use: (page: Page, host: Host) => Promise<T>): Promise<T> {
    return withHost((host) =>
      browser.withPage(async (page) => {
        await page.goto(host.url);
        await isLive(page);
        return use(page, host);
      }),
    );
  }

  it('shows what the API says: instances by state, providers, capacity, events', () =>
    withHost(async (host) => {
      const { supervisor } = host;
      const never = { policyType: 'never' } as const;
      await supervisor.startInstance({ module: core, instanceId: 'well', name: 'Well' });
      await supervisor.startInstance({ module: core, instanceId: 'ill', restartPolicy: never });
      await supervisor.startInstance({
        module: core,
        instanceId: 'lazy',
        residency: 'on-demand',
      });
      await failureOf(supervisor.invoke('ill', 'boom'));
      await browser.withPage(async (page) => {
        await page.goto(host.url);
        await isLive(page);
        expect(Object.fromEntries(await cellsOf(page))).to.deep.equal({
          well: 'Well (well), running, 0 restarts',
          ill: 'ill, failed, 0 restarts',
          lazy: 'lazy, asleep, 0 restarts',
        });
        for (const [label, count] of [
          ['running', '1'],
          ['asleep', '1'],
          ['failed', '1'],
          ['held by its group', '0'],
        ] as const) {
          const entry = page.locator('#legend button', { hasText: label });
          expect(await entry.locator('b').textContent(), label).to.equal(count);
        }
        const { providers } = jsonOf(await ask(`${host.url}/v1/providers`)) as {
          providers: { providerId: string; status: string }[];
        };
        expect(await page.locator('#providers th').allTextContents()).to.deep.equal(
          providers.map(({ providerId }) => providerId),
        );
        const { capacity } = jsonOf(await ask(`${host.url}/v1/stats`)) as {
          capacity: { threads: { used: number; limit: number } };
        };
        const threads = page.locator('.bound', { hasText: 'Guest threads' }).locator('.amount');
        expect(await threads.textContent()).to.equal(
          `${capacity.threads.used} of ${capacity.threads.limit.toLocaleString('en')}`,
        );
        const { events } = jsonOf(await ask(`${host.url}/v1/events`)) as {
          events: { seq: number }[];
        };
        const seqs = await page
          .locator('#feed .fact')
          .evaluateAll((facts) => facts.map((fact) => Number(fact.getAttribute('data-seq'))));
        expect(seqs).to.deep.equal(events.map(({ seq }) => seq).toReversed());
        expect(await page.locator('#ends-text').textContent()).to.match(
          /^1 crashes and 0 restarts/,
        );
      });
    }));

  it('follows starts, crashes, restarts and stops as they happen', () =>
    shown(async (page, { supervisor }) => {
      expect(await page.locator('#grid-empty').isVisible()).to.equal(true);
      const id = await supervisor.startInstance({
        module: core,
        instanceId: 'one',
        restartPolicy: AT_ONCE,
      });
      const cell = cellOf(page, id);
      await cell.and(page.locator('.s-running')).waitFor();
      await failureOf(supervisor.invoke(id, 'boom'));
      await page.getByLabel('one, running, 1 restart', { exact: true }).waitFor();
      await page.getByText('1 crashes and 1 restarts').waitFor();
      await supervisor.stopInstance(id);
      await cell.waitFor({ state: 'detached' });
      expect(await page.locator('#feed .type').allTextContents()).to.deep.equal([
        'instance stopped',
        'instance restarted',
        'instance crashed',
        'instance started',
        'provider started',
      ]);
    }));

  it('counts calls a second and how long they took', () =>
    shown(async (page, { supervisor }) => {
      const id = await supervisor.startInstance({ module: core });
      await page.locator('#calls-text', { hasText: 'calls a second' }).waitFor();
      for (let call = 0; call < 200; call++) await supervisor.invoke(id, 'add', [call, 1]);
      await page.locator('#latency-text', { hasText: /p50 ≤ .*p99 ≤ / }).waitFor();
      const { latency, begun } = (await supervisor.stats()).calls;
      expect(latency.count).to.equal(200);
      expect(begun).to.equal(200);
      expect(latency.counts.reduce((sum, each) => sum + each, 0)).to.equal(200);
    }));

  it('restarts and stops an instance by its buttons, and lights its state', () =>
    shown(async (page, { supervisor, url }) => {
      const id = await supervisor.startInstance({ module: core, instanceId: 'life' });
      await cellOf(page, id).click();
      await page.locator('.state.lit[data-path="up.running"]').waitFor();
      const { states } = jsonOf(await ask(`${url}/v1/lifecycles/instance`)) as {
        states: { path: string }[];
      };
      const drawn = await page
        .locator('.life-chart .state')
        .evaluateAll((all) => all.map((each) => each.getAttribute('data-path')));
      expect(drawn).to.have.members(states.map(({ path }) => path));
      await page.getByRole('button', { name: 'Restart' }).click();
      await page.locator('#status', { hasText: 'life runs again' }).waitFor();
      expect((await supervisor.queryInstance(id)).restarts).to.equal(1);
      const stop = page.locator('#stop');
      await stop.click();
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
      expect((await supervisor.queryInstance(id)).status).to.equal('running');
      await stop.click();
      await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
      await page.locator('#status', { hasText: 'life is stopped' }).waitFor();
      expect((await supervisor.queryInstance(id)).status).to.equal('stopped');
      await page.locator('.state.lit[data-path="stopped"]').waitFor();
    }));

  it('lights the wait for a restart', () =>
    shown(async (page, { supervisor }) => {
      const backoff = { initialMs: 60_000, maxMs: 60_000 };
      const id = await supervisor.startInstance({
        module: core,
        instanceId: 'waits',
        restartPolicy: { policyType: 'on-failure', backoff },
      });
      await failureOf(supervisor.invoke(id, 'boom'));
      await cellOf(page, id).and(page.locator('.s-backoff')).click();
      await page.locator('.state.lit[data-path="backoff"]').waitFor();
      expect((await supervisor.queryInstance(id)).lifecycle).to.equal('backoff');
      await page.getByText('Next restart').waitFor();
    }));

  it('invokes an export, and shows results and failures as the API tells them', () =>
    shown(async (page, { supervisor, url }) => {
      const id = await supervisor.startInstance({ module: core, restartPolicy: AT_ONCE });
      await page.goto(`${url}/#/instances/${id}`);
      const form = page.locator('#invoke');
      const result = page.locator('#invoke-result');
      const invoke = async (name: string, args: string): Promise<void> => {
        await form.getByLabel('Export').fill(name);
        await form.getByLabel('Arguments').fill(args);
        await form.getByRole('button').click();
      };
      await invoke('add', '[40, 2]');
      await result.filter({ hasText: /^42\s+in / }).waitFor();
      await invoke('add64', '[{ "$bigint": "9007199254740993" }, { "$bigint": "1" }]');
      await result.filter({ hasText: '9007199254740994' }).waitFor();
      await invoke('nowhere', '');
      await page.locator('#status.failure', { hasText: 'INVALID_REQUEST' }).waitFor();
      await invoke('add', '{}');
      await page.locator('#status.failure', { hasText: 'no JSON array' }).waitFor();
      expect((await supervisor.queryInstance(id)).usage.calls).to.equal(2);
    }));

  it('assigns and revokes grants', () =>
    shown(async (page, { supervisor, url }) => {
      const id = await supervisor.startInstance({
        module: guestBytes('counter-c'),
        capabilities: [kvGrant(['kv:read'], 'shared', 'given')],
      });
      await page.goto(`${url}/#/instances/${id}`);
      await page.getByRole('row', { name: /given kv kv:read/ }).waitFor();
      const form = page.locator('#assign');
      await form.getByLabel('Grant').fill('store');
      await form.getByLabel('Provider type').fill('kv');
      await form.getByLabel('Permissions').fill('kv:read kv:write:users/*');
      await form.getByLabel('Configuration').fill('{ "buckets": { "default": "mine" } }');
      await form.getByRole('button').click();
      await page.getByRole('row', { name: /store kv kv:read kv:write:users/ }).waitFor();
      expect((await supervisor.listCapabilities(id)).at(-1)).to.deep.equal({
        capabilityId: 'store',
        providerType: 'kv',
        permissions: ['kv:read', 'kv:write:users/*'],
        config: { buckets: { default: 'mine' } },
      });
      await page.getByRole('button', { name: 'Revoke given' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
      await page.locator('#status', { hasText: 'given is revoked' }).waitFor();
      const left = await supervisor.listCapabilities(id);
      expect(left.map(({ capabilityId }) => capabilityId)).to.deep.equal(['store']);
    }));

  it('filters events by type and by what they are about, and keeps still while it is paused', () =>
    shown(async (page, { supervisor }) => {
      const [one, two] = ['one', 'two'];
      for (const instanceId of [one, two]) {
        await supervisor.startInstance({ module: core, instanceId, residency: 'on-demand' });
      }
      const facts = page.locator('#feed .fact');
      await page.locator('#feed .fact[data-seq="3"]').waitFor();
      await page.locator('#feed-type').selectOption('instance_started');
      expect(await facts.count()).to.equal(2);
      await page.getByLabel('About').fill('TWO');
      expect(await page.locator('#feed .about').allTextContents()).to.deep.equal([two]);
      await page.getByRole('button', { name: 'Pause' }).click();
      await supervisor.stopInstance(two);
      await supervisor.startInstance({ module: core, instanceId: two, residency: 'on-demand' });
      await cellOf(page, two).waitFor();
      await pause(100);
      expect(await facts.count()).to.equal(1);
      await page.getByRole('button', { name: 'Pause' }).click();
      expect(await facts.count()).to.equal(2);
    }));

  it('shows the end of what a guest has written', () =>
    shown(async (page, { supervisor, url }) => {
      const id = await supervisor.startInstance({
        module: guestBytes('hello-c'),
        restartPolicy: { policyType: 'never' },
      });
      const { output } = await until(supervisor, id, ({ status }) => status === 'stopped');
      await page.goto(`${url}/#/instances/${id}`);
      await page.locator('.state.lit[data-path="completed"]').waitFor();
      expect(output?.stdout).to.have.length.above(3);
      expect(await page.locator('#stdout').textContent()).to.equal(output?.stdout);
    }));

  it('does nothing to an instance that was not asked about, and shows it no result of another', () =>
    shown(async (page, { supervisor, url }) => {
      for (const instanceId of ['x1', 'x2']) {
        await supervisor.startInstance({
          module: core,
          instanceId,
          limits: { callTimeoutMs: 1_000 },
          restartPolicy: AT_ONCE,
          capabilities: [kvGrant(['kv:read'], 'shared', 'store')],
        });
      }
      const dialog = page.getByRole('dialog');
      const turnTo = (id: string): Promise<unknown> =>
        page.evaluate(`location.hash = '#/instances/${id}'`);
      for (const button of ['Revoke store', 'Stop']) {
        await page.goto(`${url}/#/instances/x1`);
        await page.getByRole('row', { name: /store kv/ }).waitFor();
        await page.getByRole('button', { name: button, exact: true }).click();
        await dialog.waitFor();
        await turnTo('x2');
        await dialog.waitFor({ state: 'detached' });
        await page.locator('#instance-title', { hasText: 'x2' }).waitFor();
      }
      for (const id of ['x1', 'x2']) {
        expect((await supervisor.listCapabilities(id)).length, id).to.equal(1);
        expect((await supervisor.queryInstance(id)).status).to.equal('running');
      }
      await page.goto(`${url}/#/instances/x1`);
      await page.locator('#invoke').getByLabel('Export').fill('spin');
      await page.locator('#invoke-send').click();
      await turnTo('x2');
      await page.locator('#status.failure', { hasText: 'TIMEOUT' }).waitFor();
      expect(await page.locator('#invoke-result').textContent()).to.equal('');
    }));
});
