import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { guestBytes } from '../guests/guest-file.ts';
import { withHost } from '../host/host-stage.ts';
import { BrowserStage, cellsOf, isLive } from './browser-stage.ts';

const INSTANCES = 3_000;
const UPDATES = 500;

describe('the dashboard with 3,000 instances', function () {
  this.timeout(120_000);
  let browser: BrowserStage;

  before(async function () {
    browser = await BrowserStage.open(this);
  });

  after(() => browser?.close());

  it('shows each of them, and keeps up with what happens to them', () =>
    withHost(async ({ url, supervisor }) => {
      const module = guestBytes('core');
      const started = (instanceId: string): Promise<string> =>
        supervisor.startInstance({ module, instanceId, residency: 'on-demand' });
      for (let first = 0; first < INSTANCES; first += 100) {
        await Promise.all(
          Array.from({ length: 100 }, (_none, index) => started(`i${first + index}`)),
        );
      }
      await browser.withPage(async (page) => {
        await page.goto(url);
        await isLive(page);
        await page.locator('#fleet-size', { hasText: String(INSTANCES) }).waitFor();
        expect((await cellsOf(page)).size).to.equal(INSTANCES);
        const [paintMs, loadedMs, drawnMs] = await page.evaluate<number[]>(PAINTED);
        // The time of each picture tells how long the page was busy with anything else.
        await page.evaluate(WATCH_FRAMES);
        const begun = performance.now();
        for (let index = 0; index < UPDATES; index++) await supervisor.stopInstance(`i${index}`);
        const stoppedMs = performance.now() - begun;
        await page.locator('#fleet-size', { hasText: String(INSTANCES - UPDATES) }).waitFor();
        const shownMs = performance.now() - begun;
        expect((await cellsOf(page)).size).to.equal(INSTANCES - UPDATES);
        const frames = await page.evaluate<number[]>('globalThis.frames_ms');
        const one = await oneUpdate(page, () => started('last'));
        const scripts = ['dashboard.js', 'dashboard.css', 'index.html'].map((name) =>
          readFileSync(new URL(`../../lib/dashboard/page/${name}`, import.meta.url)),
        );
        const size = scripts.reduce((sum, each) => sum + each.length, 0);
        const packed = scripts.reduce((sum, each) => sum + gzipSync(each).length, 0);
        const ms = (value: number | undefined): string => `${Math.round(value ?? 0)} ms`;
        console.log(
          `      ${INSTANCES} instances: first paint ${ms(paintMs)}, list shown after ${ms(loadedMs)}, drawn after ${ms(drawnMs)}\n` +
            `      ${UPDATES} stops: done after ${ms(stoppedMs)}, shown after ${ms(shownMs)}, ` +
            `longest time between two pictures ${ms(Math.max(...frames))}\n` +
            `      one start: in the page after ${ms(one)}\n` +
            `      the page: ${Math.round(size / 1024)} KiB, gzipped ${Math.round(packed / 1024)} KiB`,
        );
      });
    }));
});

/** Milliseconds since the navigation: the first picture, the list in the page, and its picture. */
const PAINTED = `new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => {
  const loaded = performance.getEntriesByName('dashboard.loaded')[0].startTime;
  const drawn = performance.getEntriesByName('dashboard.drawn')[0].startTime;
  const paint = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0;
  resolve([paint, loaded, drawn]);
})))`;

const WATCH_FRAMES = `void (() => {
  globalThis.frames_ms = [];
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    globalThis.frames_ms.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
})()`;

async function oneUpdate(
  page: { evaluate(script: string): Promise<unknown> },
  act: () => Promise<unknown>,
): Promise<number> {
  const seen = page.evaluate(`new Promise((resolve) => {
    new MutationObserver((_changes, observer) => {
      observer.disconnect();
      resolve(performance.timeOrigin + performance.now());
    }).observe(document.getElementById('grid'), { childList: true });
  })`);
  const begun = performance.timeOrigin + performance.now();
  await act();
  return ((await seen) as number) - begun;
}
