import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { repositoryText } from './source-files.ts';

/** A fenced block of a document. */
export interface DocListing {
  readonly document: string;
  /** Where its first line is, counted from one. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** Why nobody runs it: what a comment before it says, `<!-- not run: … -->`. */
  readonly notRun?: string;
  /** What the block right behind it says that it prints. */
  readonly prints?: string;
}

const FENCED = /(?:^<!-- not run: ([^\n]+) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm;

const FOLDERS = ['', 'docs', 'examples/catalogue'];

/** Every document of the repository. */
export const DOCUMENTS: readonly string[] = FOLDERS.flatMap((folder) =>
  readdirSync(join(REPOSITORY_ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

const PROGRAMS = 'spec/e2e/examples.spec.ts';
const COMMANDS = 'spec/cli/documents.spec.ts';
const GUIDE = 'spec/e2e/guide-guests.spec.ts';
const NEWCOMER = 'spec/e2e/getting-started.spec.ts';

/** By document and language, the spec that runs every such block; those specs take their documents from here. */
const RUN_BY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': { ts: PROGRAMS },
  'docs/api.md': { ts: PROGRAMS, sh: 'spec/e2e/api-document.spec.ts' },
  'docs/cli.md': { sh: COMMANDS },
  'docs/configuration.md': { yaml: COMMANDS },
  'docs/failures.md': { ts: PROGRAMS },
  'docs/getting-started.md': { sh: NEWCOMER, ts: NEWCOMER, wat: NEWCOMER },
  'docs/groups.md': { ts: PROGRAMS },
  'docs/guests.md': { ts: PROGRAMS, js: GUIDE, c: GUIDE, wit: GUIDE, assemblyscript: GUIDE },
  'docs/on-demand.md': { ts: PROGRAMS },
  'docs/operating.md': { ts: PROGRAMS },
  'docs/providers.md': { ts: PROGRAMS },
  'docs/security.md': { yaml: COMMANDS },
  'docs/telemetry.md': { ts: PROGRAMS },
  'examples/catalogue/README.md': { ts: PROGRAMS },
};

/** The spec that runs the blocks of a language in a document. */
export function runnerOf(document: string, language: string): string | undefined {
  return RUN_BY[document]?.[language];
}

/** The documents of which a spec runs the blocks of a language. */
export function documentsRunBy(spec: string, language: string): readonly string[] {
  return Object.keys(RUN_BY).filter((document) => runnerOf(document, language) === spec);
}

/** Languages of blocks that say what another one prints. */
const OUTPUTS = new Set(['json', 'text']);

/** Every fenced block of a document, in order. */
export function allListings(document: string, text = repositoryText(document)): DocListing[] {
  const found = [...text.matchAll(FENCED)];
  return found.map((match, at) => {
    const [whole, notRun, language = '', content = ''] = match;
    const next = found[at + 1];
    const between = next && text.slice(match.index + whole.length, next.index);
    const isPrinted = between?.trim() === '' && OUTPUTS.has(next?.[2] ?? '');
    const head = whole.indexOf(`\`\`\`${language}\n`);
    return {
      document,
      line: text.slice(0, match.index + head).split('\n').length + 1,
      language,
      text: content,
      ...(notRun === undefined ? {} : { notRun }),
      ...(isPrinted && next?.[3] !== undefined ? { prints: next[3] } : {}),
    };
  });
}

/** Those of some languages that are to be run. */
export function listingsIn(document: string, ...languages: readonly string[]): DocListing[] {
  return allListings(document).filter(
    ({ language, notRun }) => languages.includes(language) && notRun === undefined,
  );
}

/** What is said to be printed, with `…` for whatever there is; a line of nothing else is any number of lines. */
export function printedPattern(prints: string): RegExp {
  const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const lines = prints
    .trim()
    .split('\n')
    .map((line) =>
      line.trim() === '…' ? '(?:.*\n)*' : `${line.split('…').map(escaped).join('.*')}\n`,
    );
  return new RegExp(`^${lines.join('')}$`);
}
