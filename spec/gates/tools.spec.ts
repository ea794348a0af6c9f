import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { runTool, ScratchFolder } from './run-tool.ts';
import { repositoryText } from './source-files.ts';

const TSCONFIG = JSON.stringify({
  compilerOptions: { strict: true, target: 'es2024', module: 'nodenext', types: [] },
});

/** What the linter must find, and a source that has it. */
const FLAWS: readonly (readonly [rule: string, source: string])[] = [
  [
    'typescript(no-floating-promises)',
    'async function work(): Promise<void> {}\nexport function start(): void {\n  work();\n}\n',
  ],
  [
    'typescript(no-misused-promises)',
    'export function each(names: string[]): void {\n  names.forEach(async () => {});\n}\n',
  ],
  [
    'typescript(switch-exhaustiveness-check)',
    "export function side(of: 'a' | 'b'): number {\n  switch (of) {\n    case 'a':\n      return 1;\n    default:\n      return 2;\n  }\n}\n",
  ],
  ['typescript(no-explicit-any)', 'export const loose: any = 1;\n'],
  ['import(no-default-export)', 'const one = 1;\nexport default one;\n'],
  ['eslint(max-lines)', 'export {};\n'.repeat(301)],
  [
    'eslint(max-lines-per-function)',
    `export function long(): void {\n${'  void 0;\n'.repeat(61)}}\n`,
  ],
];

describe('the linter', () => {
  for (const [rule, source] of FLAWS) {
    it(`fails on ${rule}`, async () => {
      await using folder = await ScratchFolder.with({ 'tsconfig.json': TSCONFIG, 'a.ts': source });
      const config = join(REPOSITORY_ROOT, '.oxlintrc.json');
      const args = ['--config', config, '--type-aware', '--deny-warnings', 'a.ts'];
      const { code, output } = await runTool('oxlint', args, folder.path);
      expect(output).to.include(rule);
      expect(code).to.equal(1);
    });
  }
});

describe('the formatter', () => {
  it('fails on a file of another style', async () => {
    await using folder = await ScratchFolder.with({
      'biome.json': repositoryText('biome.json'),
      'lib/a.ts': 'export const name = "double";\n',
    });
    const { code, output } = await runTool('biome', ['ci', '.'], folder.path);
    expect(output).to.include('File content differs from formatting output');
    expect(code).to.equal(1);
  });
});

describe('the search for what nobody uses', () => {
  it('fails on a file, an export and a package without use', async () => {
    await using folder = await ScratchFolder.with({
      'package.json': JSON.stringify({
        name: 'a',
        type: 'module',
        exports: './dist/lib/index.js',
        devDependencies: { chai: '6.3.0' },
      }),
      'tsconfig.json': repositoryText('tsconfig.json'),
      'knip.json': repositoryText('knip.json'),
      'lib/index.ts': "import { used } from './parts.ts';\nexport const door = used;\n",
      'lib/parts.ts': 'export const used = 1;\nexport const unused = 2;\n',
      'lib/alone.ts': 'export const alone = 1;\n',
    });
    await symlink(join(REPOSITORY_ROOT, 'node_modules'), join(folder.path, 'node_modules'));
    const { code, output } = await runTool('knip', [], folder.path);
    expect(output).to.match(/^unused +lib\/parts\.ts/m);
    expect(output).to.match(/^lib\/alone\.ts/m);
    expect(output).to.match(/^chai +package\.json/m);
    expect(code).to.equal(1);
  });
});

describe('the report of the public interface', () => {
  const REPORT = 'spec/api/wasmatrix.api.md';

  async function extract(report: string, index: string): ReturnType<typeof runTool> {
    await using folder = await ScratchFolder.with({
      'package.json': '{ "name": "wasmatrix", "type": "module" }',
      'tsconfig.json': TSCONFIG,
      'api-extractor.json': repositoryText('api-extractor.json'),
      'dist/lib/index.d.ts': index,
      'dist/lib/part.d.ts': '/**\n * A part.\n * @public\n */\nexport interface Part {}\n',
      [REPORT]: report,
    });
    return await runTool('api-extractor', ['run'], folder.path);
  }

  const whole =
    "import type { Part } from './part.ts';\nexport type { Part } from './part.ts';\n" +
    '/**\n * All.\n * @packageDocumentation\n */\n' +
    '/**\n * A whole.\n * @public\n */\nexport declare function whole(): Part;\n';

  it('fails when the interface is not the one that was reviewed', async () => {
    const { code, output } = await extract('another report\n', whole);
    expect(output).to.include('You have changed the API signature');
    expect(code).to.equal(1);
  });

  it('fails when a public type is forgotten', async () => {
    const forgetful = whole.replace("export type { Part } from './part.ts';\n", '');
    const { code, output } = await extract('', forgetful);
    expect(output).to.include('ae-forgotten-export');
    expect(code).to.equal(1);
  });

  it('fails when an export has no release tag', async () => {
    const { code, output } = await extract('', whole.replaceAll(' * @public\n', ''));
    expect(output).to.include('ae-missing-release-tag');
    expect(code).to.equal(1);
  });

  it('has a sentence about each export', () => {
    const exports = repositoryText(REPORT).match(/^\/\/ @.*$/gm) ?? [];
    expect(exports).to.have.length.above(30);
    expect(new Set(exports)).to.deep.equal(new Set(['// @public']));
  });
});

describe('the package check', () => {
  it('fails on a door that leads nowhere', async () => {
    await using folder = await ScratchFolder.with({
      'package.json': JSON.stringify({
        name: 'a',
        version: '1.0.0',
        type: 'module',
        exports: { '.': { default: './index.js', types: './index.d.ts' } },
      }),
      'index.js': 'export const a = 1;\n',
    });
    const { code, output } = await runTool('publint', ['--strict', '--pack', 'false'], folder.path);
    expect(output).to.match(/index\.d\.ts.*does not exist/);
    expect(code).to.equal(1);
  });
});
