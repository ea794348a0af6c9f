import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import type { Host } from '../../lib/host/host.ts';
import { failureOf, kvGrant } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { withHost } from '../host/host-stage.ts';
import { BrowserStage, cellOf, isLive } from './browser-stage.ts';

const core = guestBytes('core');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Rules that depend on the theme. */
const CONTRAST = '{ runOnly: ["color-contrast"] }';

const LAZY = 22;

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** What is wrong for those who do not see, or not well, or use no pointer. */
async function barriers(page: Page, options = '{}'): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResult>(`axe.run(${options})`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${html} ${failureSummary}`),
  );
}

/** Instances in several states. */
async function crowd({ supervisor }: Host): Promise<void> {
  for (let index = 0; index < LAZY; index++) {
    await supervisor.startInstance({
      module: core,
      instanceId: `lazy-${index}`,
      residency: 'on-demand',
    });
  }
  const never = { policyType: 'never' } as const;
  await supervisor.startInstance({ module: core, instanceId: 'ill', restartPolicy: never });
  await failureOf(supervisor.invoke('ill', 'boom'));
  await supervisor.startInstance({
    module: guestBytes('counter-c'),
    instanceId: 'counter',
    capabilities: [kvGrant(['kv:read'])],
  });
}

describe('the dashboard for everybody', function () {
  this.timeout(60_000);
  let browser: BrowserStage;

  before(async function () {
    browser = await BrowserStage.open(this);
  });

  after(() => browser?.close());

  const focused = (page: Page): Promise<string> =>
    page.evaluate<string>('document.activeElement.dataset.id || document.activeElement.id');

  it('can be used by the keyboard alone', () =>
    withHost(async (host) => {
      await crowd(host);
      await browser.withPage(async (page) => {
        await page.goto(host.url);
        await isLive(page);
        await page.keyboard.press('Tab');
        expect(await page.evaluate('document.activeElement.textContent')).to.equal(
          'Skip to the content',
        );
        await page.keyboard.press('Enter');
        expect(await focused(page)).to.equal('main');
        expect(await cellOf(page, 'lazy-0').isVisible()).to.equal(true);
        await page.getByLabel('Find').focus();
        // Past the legend, into the grid, which is one stop.
        for (let tab = 0; tab < 10; tab++) await page.keyboard.press('Tab');
        expect(await focused(page)).to.equal('lazy-0');
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('ArrowLeft');
        expect(await focused(page)).to.equal('lazy-1');
        expect(await page.locator('#grid-text').textContent()).to.match(/^lazy-1, asleep/);
        await page.keyboard.press('End');
        expect(await focused(page)).to.equal('counter');
        await page.keyboard.press('Home');
        await page.setViewportSize({ width: 340, height: 900 });
        await page.keyboard.press('ArrowDown');
        const down = await focused(page);
        expect(Number(down.slice('lazy-'.length))).to.be.above(5);
        await page.keyboard.press('ArrowUp');
        expect(await focused(page)).to.equal('lazy-0');
        await page.keyboard.press('Enter');
        await page.locator('#instance-title', { hasText: 'lazy-0' }).waitFor();
        expect(await focused(page)).to.equal('instance-title');
        await page.goBack();
        await page.locator('#overview').waitFor();
        expect(await focused(page)).to.equal('lazy-0');
      });
    }));

  it('finds instances by a text, and hides those of a state', () =>
    withHost(async (host) => {
      await crowd(host);
      await browser.withPage(async (page) => {
        await page.goto(host.url);
        await isLive(page);
        const visible = page.locator('#grid .cell:visible');
        expect(await visible.count()).to.equal(LAZY + 2);
        await page.getByLabel('Find').fill('LAZY-1');
        expect(await visible.count()).to.equal(11);
        await page.getByLabel('Find').fill('');
        await page.locator('#legend button', { hasText: 'asleep' }).click();
        expect(await visible.count()).to.equal(2);
      });
    }));

  it("puts no barrier in anybody's way, as far as axe sees, dark or light", () =>
    withHost(async (host) => {
      await crowd(host);
      await browser.withPage(
        async (page) => {
          await page.goto(host.url);
          await isLive(page);
          expect(await barriers(page)).to.deep.equal([]);
          await page.emulateMedia({ colorScheme: 'dark' });
          expect(await barriers(page, CONTRAST)).to.deep.equal([]);
          await cellOf(page, 'counter').click();
          await page.locator('.state.lit').waitFor();
          await page.getByRole('row', { name: /kv:read/ }).waitFor();
          expect(await barriers(page, CONTRAST)).to.deep.equal([]);
          await page.emulateMedia({ colorScheme: 'light' });
          expect(await barriers(page)).to.deep.equal([]);
        },
        // The tool is what the policy of the page would keep out.
        { colorScheme: 'light', bypassCSP: true },
      );
    }));

  it('is dark or light as the system is, or as it is told, and stays so', () =>
    withHost((host) =>
      browser.withPage(
        async (page) => {
          const back = (): Promise<unknown> =>
            page.evaluate('getComputedStyle(document.body).backgroundColor');
          await page.goto(host.url);
          const dark = await back();
          await page.emulateMedia({ colorScheme: 'light' });
          const light = await back();
          expect(dark).not.to.equal(light);
          const theme = page.getByRole('button', { name: /^Theme/ });
          await theme.click();
          expect([await theme.textContent(), await back()]).to.deep.equal(['Theme: dark', dark]);
          await page.reload();
          expect([await theme.textContent(), await back()]).to.deep.equal(['Theme: dark', dark]);
          await theme.click();
          await page.emulateMedia({ colorScheme: 'dark' });
          expect([await theme.textContent(), await back()]).to.deep.equal(['Theme: light', light]);
        },
        { colorScheme: 'dark' },
      ),
    ));

  it('tells states and lines apart without colours of its own', () =>
    withHost(async (host) => {
      await crowd(host);
      await browser.withPage(
        async (page) => {
          await page.goto(host.url);
          await isLive(page);
          const signs = await page.evaluate<string[]>(
            `[...document.querySelectorAll('#legend .cell')].map((each) => {
              const { display, visibility, content } = getComputedStyle(each, '::after');
              return display === 'none' || visibility === 'hidden' ? 'none' : content;
            })`,
          );
          expect(signs).to.have.length(9).and.not.to.include('none');
          expect(new Set(signs).size).to.equal(signs.length);
          const lines = await page.evaluate<string[]>(
            `[...document.querySelectorAll('.lines')].map((list) =>
              [...list.children].map((each) => {
                const { borderTopStyle, height } = getComputedStyle(each, '::before');
                return borderTopStyle + height;
              }).join(' '))`,
          );
          for (const each of lines) {
            const kinds = each.split(' ');
            expect(new Set(kinds).size, each).to.equal(kinds.length);
          }
        },
        { forcedColors: 'active' },
      );
    }));
});
