import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { allListings, DOCUMENTS, type DocListing, runnerOf } from './doc-listings.ts';
import { repositoryText } from './source-files.ts';

/** What a text in backticks begins with if it is a path of ours. */
const PATH = /^(?:lib|workers|providers|spec|docs|examples|\.ci)\/[\w./*{},-]*$/;

/** A heading as the anchor that leads to it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Of headings, where one that comes again has a number, and those that are written down. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set([...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id));
  const counts = new Map<string, number>();
  for (const [, heading = ''] of text.matchAll(/^#+ (.+)$/gm)) {
    const anchor = anchorOf(heading);
    const before = counts.get(anchor) ?? 0;
    counts.set(anchor, before + 1);
    anchors.add(before === 0 ? anchor : `${anchor}-${before}`);
  }
  return anchors;
}

/** Without its listings, whose contents are checked by running them. */
function prose(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

/** A path with braces as the paths that it stands for, of which each has to be there. */
function alternatives(path: string): string[] {
  const [whole, before, choices, behind] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(path) ?? [];
  if (whole === undefined) return [path];
  return (choices ?? '').split(',').flatMap((each) => alternatives(`${before}${each}${behind}`));
}

function missingPaths(text: string): string[] {
  return [...prose(text).matchAll(/`([^`\n]+)`/g)]
    .map(([, path = '']) => path)
    .filter((path) => PATH.test(path))
    .flatMap(alternatives)
    .filter((path) => globSync(path, { cwd: REPOSITORY_ROOT }).length === 0);
}

function brokenLinks(text: string, document: string): string[] {
  return [...prose(text).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? document : join(dirname(document), path);
      if (!existsSync(join(REPOSITORY_ROOT, file))) return true;
      return anchor !== undefined && !anchorsOf(repositoryText(file)).has(anchor);
    });
}

describe('the documents', () => {
  for (const document of DOCUMENTS) {
    it(`name only what there is · ${document}`, () => {
      const text = repositoryText(document);
      expect(missingPaths(text), 'paths').to.deep.equal([]);
      expect(brokenLinks(text, document), 'links').to.deep.equal([]);
    });
  }

  it('would be found out if they named something else', () => {
    const text =
      '`lib/core/` `lib/nowhere.ts` `spec/{gates,nowhere}/` `spec/gates/*.nothing` ' +
      '[a](docs/nowhere.md) [b](docs/errors.md#errors) [c](docs/errors.md#nowhere) [d](https://x.y)';
    expect(missingPaths(text)).to.deep.equal([
      'lib/nowhere.ts',
      'spec/nowhere/',
      'spec/gates/*.nothing',
    ]);
    expect(brokenLinks(text, 'README.md')).to.deep.equal([
      'docs/nowhere.md',
      'docs/errors.md#nowhere',
    ]);
    expect(DOCUMENTS).to.include.members(['README.md', 'docs/guarantees.md']);
  });

  it('show a spec for every promise', () => {
    const rows = repositoryText('docs/guarantees.md').match(/^\| [PRW]\d+ \|.*$/gm) ?? [];
    expect(rows).to.have.length.above(20);
    for (const row of rows) expect(row).to.match(/`spec\/[^`]+`[^|]*\|$/);
  });
});

describe('the threats of docs/security.md', () => {
  const [, table = ''] =
    /## Threats\n[\s\S]*?\n\|---.*\n([\s\S]*?)\n\n/.exec(repositoryText('docs/security.md')) ?? [];
  const rows = table.split('\n').map((line) => line.slice(2, -2).split(' | '));

  it('each have what stops them, what is left, and a spec or the word that there is none', () => {
    expect(rows).to.have.length.above(30);
    for (const row of rows) {
      expect(row, row[0]).to.have.length(4);
      expect(row[3], row[0]).to.match(/`spec\/[^`]+`|^no spec/);
      for (const cell of row) expect(cell, row[0]).not.to.equal('');
    }
  });
});

/** Languages whose blocks are commands, programs or what a program reads. */
const RUN = new Set(['sh', 'bash', 'ts', 'js', 'yaml', 'json', 'wat', 'wit', 'c', 'rust']);

/** What is wrong with a block, if anything is. */
function complaintOf(listing: DocListing, before: DocListing | undefined): string | undefined {
  const { document, language, notRun, text } = listing;
  if (!RUN.has(language)) return undefined;
  const isOutput = language === 'json' && before?.prints === text;
  const runner = isOutput
    ? runnerOf(document, before.language)
    : runnerOf(document, listing.language);
  if (notRun !== undefined) return notRun.length < 20 ? 'the reason is too short' : undefined;
  return runner === undefined ? 'nobody runs it' : undefined;
}

function complaints(document: string, text?: string): string[] {
  const listings = allListings(document, text);
  return listings.flatMap((listing, at) => {
    const complaint = complaintOf(listing, listings[at - 1]);
    return complaint === undefined ? [] : [`${document}:${listing.line} ${complaint}`];
  });
}

describe('the blocks in the documents', () => {
  it('are run by a spec, or say why not', () => {
    expect(DOCUMENTS.flatMap((document) => complaints(document))).to.deep.equal([]);
  });

  it('have specs that know of them', () => {
    const runners = DOCUMENTS.flatMap((document) =>
      allListings(document).map(({ language }) => ({
        document,
        spec: runnerOf(document, language),
      })),
    );
    const known = runners.filter(({ spec }) => spec !== undefined);
    expect(known).to.have.length.above(60);
    for (const { document, spec = '' } of known) {
      const text = repositoryText(spec);
      const isNamed = text.includes(document) || text.includes(`documentsRunBy('${spec}'`);
      expect(isNamed || text.includes('documentsRunBy(SPEC'), `${document} ${spec}`).to.equal(true);
    }
  });

  it('would be found out if nobody ran them', () => {
    const text =
      '```sh\nrm x\n```\n\n<!-- not run: no -->\n```ts\nx\n```\n\n' +
      '<!-- not run: it takes an hour of a quiet machine. -->\n```sh\nrm y\n```\n\n' +
      '```json\n{}\n```\n\n```text\nwords\n```\n';
    expect(complaints('docs/errors.md', text)).to.deep.equal([
      'docs/errors.md:2 nobody runs it',
      'docs/errors.md:7 the reason is too short',
      'docs/errors.md:16 nobody runs it',
    ]);
    const printed = '```sh\nls\n```\n\n```json\n{}\n```\n\n```json\n{}\n```\n';
    expect(complaints('docs/api.md', printed)).to.deep.equal(['docs/api.md:10 nobody runs it']);
  });
});
