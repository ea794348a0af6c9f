import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { documentsRunBy, printedPattern } from '../gates/doc-listings.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { ProgramFolder, programsOf } from './doc-programs.ts';

const run = promisify(execFile);
const inRoot = (...path: string[]): string => join(REPOSITORY_ROOT, ...path);

/** Node refuses any write to a file, any network and any child process to what is started like this. */
const CONFINED = [
  '--permission',
  '--allow-fs-read=*',
  '--allow-worker',
  '--disable-warning=SecurityWarning',
];

describe('the examples', function () {
  this.timeout(120_000);

  it('the README shows the example that is run here', () => {
    const readme = readFileSync(inRoot('README.md'), 'utf8');
    const [, shown] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(shown).to.equal(readFileSync(inRoot('examples', 'first-steps.ts'), 'utf8'));
  });

  it('the first steps print what the README says', async () => {
    const { stdout } = await run(process.execPath, ['examples/first-steps.ts'], {
      cwd: REPOSITORY_ROOT,
    });
    expect(stdout.split('\n')).to.include.members(['1n', 'access-denied', '4 capability_revoked']);
  });

  it('a close at the very end of a program is waited for', async () => {
    const program = `
      const { createSupervisor } = await import('wasmatrix');
      const supervisor = await createSupervisor();
      await supervisor.inspectModule('spec/guests/built/core.wasm');
      while ((await supervisor.stats()).threads.spares < 2) await new Promise((go) => setTimeout(go, 5));
      await supervisor.close();
      console.log('closed');`;
    for (let round = 0; round < 3; round++) {
      const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
        cwd: REPOSITORY_ROOT,
      });
      expect(stdout).to.equal('closed\n');
    }
  });

  it('P15 · P7 · the whole story needs no network and writes nothing to disk', async () => {
    const story = inRoot('examples', 'story.ts');
    const [confined, whole] = await Promise.all([
      run(process.execPath, [...CONFINED, story]),
      run(process.execPath, [story]),
    ]);
    for (const { stdout } of [confined, whole]) expect(stdout).to.include('All of it held.');
    // What is about a network is told where there is one.
    expect(confined.stdout).to.include('this process may use no network');
    expect(whole.stdout).to.include('the one host answered 200');
  });

  it('and the confinement that this rests on is real', async () => {
    const attempt = async (code: string): Promise<string> => {
      const failed = await run(process.execPath, [...CONFINED, '--eval', code]).then(
        () => 'allowed',
        (error: { stderr: string }) => error.stderr,
      );
      return failed;
    };
    expect(await attempt(`require('fs').writeFileSync('/tmp/x', '')`)).to.include(
      'ERR_ACCESS_DENIED',
    );
    expect(await attempt(`require('net').connect(80, '127.0.0.1')`)).to.include(
      'ERR_ACCESS_DENIED',
    );
  });
});

describe('the programs in the documents', function () {
  this.timeout(60_000);
  const settings = readFileSync(inRoot('examples', 'settings.ts'), 'utf8');
  const documents = documentsRunBy('spec/e2e/examples.spec.ts', 'ts');
  const all = documents.filter((document) => document !== 'README.md').flatMap(programsOf);
  const programs = all.filter(({ text }) => text !== settings);
  let folder: ProgramFolder;

  before(async () => {
    folder = await ProgramFolder.with(programs);
  });

  after(() => folder[Symbol.asyncDispose]());

  it('show the example that they use as it is, and say all that they print', () => {
    expect(all.length - programs.length).to.equal(1);
    expect(programs).to.have.length.at.least(20);
    expect(programs.flatMap(({ prints }) => prints)).to.have.length.above(30);
    expect(programs.flatMap(({ silent }) => silent)).to.deep.equal([]);
  });

  it('fit the types, which a program that does not would show', async () => {
    const { code, output } = await folder.check();
    expect(code, output).to.equal(0);
    const text =
      "import { createSupervisor } from 'wasmatrix';\nawait createSupervisor({ nodeId: 5 });\n";
    await using other = await ProgramFolder.with([{ name: 'wrong', text, prints: [], silent: [] }]);
    expect((await other.check()).output).to.include('wrong.ts(2,');
  });

  for (const program of programs) {
    it(`print what stands behind each line that prints · ${program.name}`, async () => {
      const { code, stdout, output } = await folder.run(program);
      expect(code, output).to.equal(0);
      const printed = program.output ?? program.prints.join('\n');
      if (printed === '') expect(stdout).to.equal('');
      else expect(stdout).to.match(printedPattern(printed));
    });
  }
});
