import { expect } from 'chai';
import type { Page } from 'playwright-core';
import type { Host } from '../../lib/host/host.ts';
import { startHost } from '../../lib/start-host.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { ask, withHost } from '../host/host-stage.ts';
import { BrowserStage, cellOf, cellsOf, isLive } from './browser-stage.ts';

const core = guestBytes('core');
const MARKUP = '<img src=x onerror="document.title=\'taken\'"><b>bold</b>';
const TOKENS = [
  { name: 'looker', token: 'only-for-looking-0001', role: 'read' },
  { name: 'chief', token: 'for-everything-000002', role: 'admin' },
] as const;

const lazy = (host: Host, instanceId: string, more = {}): Promise<string> =>
  host.supervisor.startInstance({ module: core, instanceId, residency: 'on-demand', ...more });

describe('the dashboard and those it does not trust', function () {
  this.timeout(60_000);
  let browser: BrowserStage;

  before(async function () {
    browser = await BrowserStage.open(this);
  });

  after(() => browser?.close());

  it('P15 · shows what guests and callers have written as text, never as markup', () =>
    withHost(async (host) => {
      await lazy(host, 'bad', { name: MARKUP, labels: { [MARKUP]: MARKUP } });
      const wasi = { args: [MARKUP] };
      const never = { policyType: 'never' } as const;
      const loud = await host.supervisor.startInstance({
        module: guestBytes('hello-c'),
        name: MARKUP,
        wasi,
        restartPolicy: never,
      });
      await browser.withPage(async (page) => {
        await page.goto(host.url);
        await isLive(page);
        expect((await cellsOf(page)).get('bad')).to.equal(`${MARKUP} (bad), asleep, 0 restarts`);
        await page.locator('#feed .details', { hasText: '<img src=x' }).first().waitFor();
        await cellOf(page, 'bad').click();
        await page.locator('dd', { hasText: `${MARKUP}=${MARKUP}` }).waitFor();
        await page.goto(`${host.url}/#/instances/${loud}`);
        await page.locator('#stdout', { hasText: `arg: ${MARKUP}` }).waitFor();
        await page.goto(`${host.url}/#/instances/${encodeURIComponent(MARKUP)}`);
        await page.getByText('There is no such instance.').waitFor();
        expect(await page.locator('#instance-title').textContent()).to.equal(MARKUP);
        expect(await page.locator('main img, main b img').count()).to.equal(0);
        expect(await page.title()).to.equal(`${MARKUP} · Wasmatrix`);
      });
    }));

  it('P15 · writes out what turns the direction of a text, or is not seen', () =>
    withHost(async (host) => {
      await lazy(host, 'turned', { name: 'abc\u202edef', labels: { a: '\u2066b' } });
      await browser.withPage(async (page) => {
        await page.goto(host.url);
        await isLive(page);
        expect((await cellsOf(page)).get('turned')).to.equal(
          'abc\\u{202e}def (turned), asleep, 0 restarts',
        );
        await cellOf(page, 'turned').click();
        await page.locator('dd', { hasText: 'a=\\u{2066}b' }).waitFor();
        expect(await page.content()).not.to.match(/[\u202a-\u202e\u2066-\u2069]/);
      });
    }));

  it('P15 · lets nothing in that is not of the host, and is in no frame', () =>
    withHost(async (host) => {
      const { headers, text, status } = await ask(host.url);
      expect(status).to.equal(200);
      const policy = String(headers['content-security-policy']);
      expect(policy).to.match(/^default-src 'none'; script-src 'self'; /);
      expect(policy).to.include("frame-ancestors 'none'");
      expect(policy).to.include("require-trusted-types-for 'script'");
      expect(policy).not.to.match(/unsafe|https?:|\*/);
      expect(text).not.to.match(/(?:src|href)="(?!\/|#)/);
      expect(text).not.to.match(/<script(?![^>]* src=)|<style| style=| on\w+=/);
      const requested: string[] = [];
      await browser.withPage(async (page) => {
        page.on('request', (request) => requested.push(new URL(request.url()).origin));
        await page.goto(host.url);
        await isLive(page);
      });
      expect(new Set(requested)).to.deep.equal(new Set([new URL(host.url).origin]));
    }));

  it('may be led to by a link elsewhere, and nothing else may', () =>
    withHost(async (host) => {
      const crossing = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
      expect((await ask(host.url, 'GET', undefined, crossing)).status).to.equal(200);
      for (const path of ['/v1/stats', '/v1/fleet', '/dashboard.js']) {
        const answer = await ask(`${host.url}${path}`, 'GET', undefined, crossing);
        expect(answer.status, path).to.equal(403);
      }
      const fetched = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };
      expect((await ask(host.url, 'GET', undefined, fetched)).status).to.equal(403);
    }));

  it('asks for the token that the host wants, keeps it for the tab alone, and never in an address', () =>
    withHost(
      async (host) => {
        await lazy(host, 'seen');
        const addresses: string[] = [];
        await browser.withPage(async (page) => {
          page.on('request', (request) => addresses.push(request.url()));
          await page.goto(host.url);
          expect(await page.locator('#token-wrong').isVisible()).to.equal(false);
          await enterToken(page, 'of-nobody-0000000000');
          await page.getByText('The host does not know that token.').waitFor();
          await enterToken(page, TOKENS[0].token);
          await isLive(page);
          expect([...(await cellsOf(page)).keys()]).to.deep.equal(['seen']);
          await page.reload();
          await isLive(page);
          await cellOf(page, 'seen').click();
          const stop = page.locator('#stop');
          await stop.and(page.locator(':disabled')).waitFor();
          expect(await stop.getAttribute('title')).to.include('admin');
          const other = await page.context().newPage();
          await other.goto(host.url);
          await other.locator('#token').waitFor();
        });
        for (const { token } of TOKENS) expect(addresses.join(' ')).not.to.include(token);
      },
      { tokens: TOKENS },
    ));

  it('R9 · goes on where it was when the host is there again, another with other instances too', () =>
    browser.withPage(async (page) => {
      const first = await startHost({ listen: '127.0.0.1:0' });
      const listen = new URL(first.url).host;
      try {
        await lazy(first, 'of-the-first');
        await page.goto(first.url);
        await isLive(page);
        await cellOf(page, 'of-the-first').waitFor();
      } finally {
        await first.destroy();
      }
      await page.locator('#connection[data-state="waiting"]').waitFor();
      const second = await startHost({ listen });
      try {
        await lazy(second, 'of-the-second');
        await cellOf(page, 'of-the-second').waitFor({ timeout: 20_000 });
        expect([...(await cellsOf(page)).keys()]).to.deep.equal(['of-the-second']);
        const about = await page.locator('#feed .about').allTextContents();
        expect(about).to.include('of-the-second').and.not.to.include('of-the-first');
        await lazy(second, 'later');
        await cellOf(page, 'later').waitFor();
      } finally {
        await second.destroy();
      }
    }));

  it('R9 · loads everything anew when facts are missing', () =>
    withHost(
      async (host) =>
        browser.withPage(async (page) => {
          await page.goto(host.url);
          await isLive(page);
          // More at once than the host keeps: whoever reads them one by one has missed some.
          const ids = Array.from({ length: 60 }, (_none, index) => `i${index}`);
          await Promise.all(ids.map((id) => lazy(host, id)));
          await cellOf(page, 'i59').waitFor();
          await isLive(page);
          expect((await cellsOf(page)).size).to.equal(60);
        }),
      { supervisorOptions: { maxFacts: 5 } },
    ));
});

async function enterToken(page: Page, token: string): Promise<void> {
  const field = page.locator('#token');
  await field.waitFor();
  await field.fill(token);
  await page.getByRole('button', { name: 'Go on' }).click();
}
