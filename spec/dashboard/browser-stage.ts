import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { skipLoudly } from '../skip-loudly.ts';

const EXECUTABLE = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** A browser for one suite, the one that the system has. */
export class BrowserStage {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Skips the suite where there is no browser. */
  static async open(context: Mocha.Context): Promise<BrowserStage> {
    if (!existsSync(EXECUTABLE)) {
      skipLoudly(context, `${EXECUTABLE} is not there; set CHROMIUM_PATH, or install chromium`);
    }
    const browser = await chromium.launch({
      executablePath: EXECUTABLE,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
    return new BrowserStage(browser);
  }

  /** A page for the duration of one function; whatever the browser complains of fails it. */
  async withPage<T>(
    use: (page: Page) => Promise<T>,
    options: BrowserContextOptions = {},
  ): Promise<T> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    const complaints: string[] = [];
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        // What the host has refused is what some specs are about.
        const isRefusal = message.text().startsWith('Failed to load resource');
        if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
      });
      const result = await use(page);
      if (complaints.length > 0) throw new Error(complaints.join('\n'));
      return result;
    } finally {
      await context.close();
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** The label of each cell of the grid, by the id of its instance. */
export async function cellsOf(page: Page): Promise<ReadonlyMap<string, string>> {
  const cells = await page
    .locator('#grid .cell')
    .evaluateAll((elements) =>
      elements.map((each): [string, string] => [
        each.getAttribute('data-id') ?? '',
        each.getAttribute('aria-label') ?? '',
      ]),
    );
  return new Map(cells);
}

/** The cell of an instance. */
export function cellOf(page: Page, id: string) {
  return page.locator(`#grid .cell[data-id="${id}"]`);
}

/** Waits until the page hears facts. */
export async function isLive(page: Page): Promise<void> {
  await page.locator('#connection[data-state="live"]').waitFor();
}
