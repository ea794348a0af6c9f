import { existsSync, globSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { repositoryText } from './source-files.ts';

const FOLDERS = ['', 'docs', 'examples/catalogue'];

const DOCUMENTS: readonly string[] = FOLDERS.flatMap((folder) =>
  readdirSync(join(REPOSITORY_ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** What a text in backticks begins with if it is a path of ours. */
const PATH = /^(?:lib|workers|providers|spec|docs|examples|\.ci)\/[\w./*{},-]*$/;

/** A heading as the anchor that leads to it. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)));
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
