import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { REPOSITORY_ROOT } from '../repository-root.ts';

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
    const { stdout } = await run(process.execPath, [inRoot('examples', 'first-steps.ts')]);
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
    const { stdout } = await run(process.execPath, [...CONFINED, inRoot('examples', 'story.ts')]);
    expect(stdout).to.include('All of it held.');
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
