import { readFile } from 'node:fs/promises';

/** A file of the page, as it is handed out. */
export interface PageFile {
  readonly url: string;
  readonly type: string;
  readonly text: string;
}

/** Whatever the page consists of: it asks nobody else for anything. */
const FILES = [
  { url: '/', name: 'index.html', type: 'text/html; charset=utf-8' },
  { url: '/dashboard.js', name: 'dashboard.js', type: 'text/javascript; charset=utf-8' },
  { url: '/dashboard.css', name: 'dashboard.css', type: 'text/css; charset=utf-8' },
  { url: '/dashboard.svg', name: 'dashboard.svg', type: 'image/svg+xml' },
] as const;

/** The page as the build has put it beside this file. */
export async function pageFiles(): Promise<readonly PageFile[]> {
  return Promise.all(
    FILES.map(async ({ url, name, type }) => {
      const text = await readFile(new URL(`./page/${name}`, import.meta.url), 'utf8');
      return { url, type, text };
    }),
  );
}
