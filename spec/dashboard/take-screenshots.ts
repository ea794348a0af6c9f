import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { type Host, startHost } from '../../lib/index.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';

/** Takes the pictures of `docs/dashboard.md`: a host with something of everything, in both themes. */
const LAZY = 400;
const RESIDENTS = 24;
const SECONDS = 24;

const random = sequence(7);

async function stage({ supervisor }: Host): Promise<void> {
  const core = guestBytes('core');
  for (let index = 0; index < LAZY; index++) {
    const instanceId = `sensor-${String(index).padStart(3, '0')}`;
    await supervisor.startInstance({ module: core, instanceId, residency: 'on-demand' });
  }
  for (let index = 0; index < RESIDENTS; index++) {
    const backoff = { initialMs: index % 7 === 0 ? 60_000 : 700, maxMs: 60_000 };
    await supervisor.startInstance({
      module: core,
      instanceId: `worker-${String(index).padStart(2, '0')}`,
      restartPolicy:
        index % 9 === 0 ? { policyType: 'never' } : { policyType: 'on-failure', backoff },
    });
  }
  await supervisor.startInstance({
    module: guestBytes('counter-c'),
    instanceId: 'counter',
    name: 'Visits',
    labels: { team: 'web' },
    capabilities: [
      {
        capabilityId: 'store',
        providerType: 'kv',
        permissions: ['kv:read', 'kv:write:visits/*'],
      },
    ],
  });
  await supervisor.startInstance({
    module: guestBytes('hello-c'),
    instanceId: 'report',
    wasi: { args: ['report', '--daily'], env: { REGION: 'north' } },
    restartPolicy: { policyType: 'never' },
  });
}

/** Calls and crashes for some seconds, so that the charts have something to show. */
async function bustle({ supervisor }: Host): Promise<void> {
  const end = performance.now() + SECONDS * 1_000;
  while (performance.now() < end) {
    const number = Math.floor(random() * RESIDENTS);
    const id = `worker-${String(number).padStart(2, '0')}`;
    const isFatal = random() < 0.01;
    await supervisor
      .invoke(id, isFatal ? 'boom' : 'add', isFatal ? [] : [1, 2])
      .catch(() => undefined);
    const lazy = `sensor-${String(Math.floor(random() * LAZY)).padStart(3, '0')}`;
    if (random() < 0.2) await supervisor.invoke(lazy, 'add', [1, 2]);
    await new Promise((resolve) => setTimeout(resolve, 4 + random() * 10));
  }
}

/** Numbers in [0, 1), the same each time. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(REPOSITORY_ROOT, 'docs', `${name}.png`), fullPage: true });
}

await using host = await startHost({ listen: '127.0.0.1:0' });
await stage(host);
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const viewport = { width: 1280, height: 900 };
  const page = await browser.newPage({ colorScheme: 'dark', viewport });
  await page.goto(host.url);
  await bustle(host);
  await take(page, 'dashboard-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.waitForTimeout(300);
  await take(page, 'dashboard-light');
  await page.goto(`${host.url}/#/instances/counter`);
  await page.locator('#invoke').getByLabel('Export').fill('add');
  await page.locator('#invoke').getByLabel('Arguments').fill('[40, 2]');
  await page.locator('#invoke-send').click();
  await page.locator('#invoke-result', { hasText: '42' }).waitFor();
  await page.waitForTimeout(300);
  await take(page, 'dashboard-instance');
} finally {
  await browser.close();
}
