import { readdirSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { BREACHES, FIXTURE_FILES } from './room-breaches.ts';
import { runTool, ScratchFolder } from './run-tool.ts';
import { namedRows, repositoryText, SOURCE_FOLDERS, sourceFiles } from './source-files.ts';

interface Rule {
  readonly name: string;
  readonly to: { readonly pathNot?: string | readonly string[] };
}

interface Cruise {
  readonly summary: {
    readonly totalCruised: number;
    readonly error: number;
    readonly violations: readonly {
      readonly rule: { readonly name: string };
      readonly from: string;
      readonly to: string;
    }[];
  };
}

const CONFIG = join(REPOSITORY_ROOT, '.dependency-cruiser.cjs');
const { forbidden } = createRequire(import.meta.url)(CONFIG) as { forbidden: readonly Rule[] };

async function cruise(folders: readonly string[], cwd: string): Promise<Cruise['summary']> {
  const args = ['--config', CONFIG, '--output-type', 'json', ...folders];
  const { stdout, output } = await runTool('depcruise', args, cwd);
  expect(stdout, output).to.match(/^\{/);
  return (JSON.parse(stdout) as Cruise).summary;
}

describe('the room rules', () => {
  it('look at every source file and find nothing', async () => {
    const { totalCruised, violations } = await cruise(SOURCE_FOLDERS, REPOSITORY_ROOT);
    expect(totalCruised).to.be.at.least(sourceFiles().length);
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).to.deep.equal(
      [],
    );
  });

  it('fail on a breach of each of them', async () => {
    await using folder = await ScratchFolder.with(FIXTURE_FILES);
    await folder.write('package.json', repositoryText('package.json'));
    await symlink(join(REPOSITORY_ROOT, 'node_modules'), join(folder.path, 'node_modules'));
    const { violations } = await cruise(['lib', 'workers', 'providers', 'examples'], folder.path);
    const found = new Set(violations.map(({ rule, from }) => `${rule.name}: ${from}`));
    for (const [rule, from] of BREACHES) {
      expect([...found], rule).to.include(`${rule}: ${from}`);
    }
    const tried = new Set(BREACHES.map(([rule]) => rule));
    expect([...tried].toSorted()).to.deep.equal(forbidden.map(({ name }) => name).toSorted());
  });
});

describe('the room table of ARCHITECTURE.md', () => {
  const rooms = namedRows('ARCHITECTURE.md').filter(([name]) => name.endsWith('/'));

  it('has one row for each folder', () => {
    const inLib = readdirSync(join(REPOSITORY_ROOT, 'lib'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `lib/${name}/`);
    const folders = [...inLib, 'workers/', 'providers/', 'spec/'];
    expect(rooms.map(([name]) => name).toSorted()).to.deep.equal(folders.toSorted());
  });

  it('allows what the rules allow', () => {
    const inner = rooms.map(([name]) => name).filter((name) => name.startsWith('lib/'));
    for (const [room, , mayImport = ''] of rooms) {
      if (room === 'spec/') continue;
      const name = `room-${room.slice(0, -1).replace('/', '-')}`;
      const rule = forbidden.find((each) => each.name === name);
      const patterns = [rule?.to.pathNot ?? []].flat().map((pattern) => new RegExp(pattern));
      const allowed = inner.filter(
        (other) => other !== room && patterns.some((pattern) => pattern.test(`${other}x.ts`)),
      );
      const words = new Set(mayImport.match(/[a-z]+/g));
      const listed = inner.filter(
        (other) => other !== room && words.has(other.slice('lib/'.length, -1)),
      );
      expect(allowed, room).to.deep.equal(listed);
    }
  });
});
