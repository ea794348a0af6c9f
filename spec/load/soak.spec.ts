import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { SoakReport } from './soak-report.ts';

const SOAK = fileURLToPath(new URL('soak.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command; its first line of progress may interrupt it. */
async function runSoak(
  args: readonly string[],
  onFirstProgress: (interrupt: () => void) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [SOAK, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const told = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      told[stream] += chunk;
    });
  }
  child.stderr.once('data', () => onFirstProgress(() => child.kill('SIGINT')));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...told };
}

describe('a soak', function () {
  this.timeout(180_000);

  it('plays its episodes, finds every answer right, and leaves nothing behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wasmatrix-soak-'));
    try {
      const file = join(folder, 'soak.json');
      const { code, stdout, stderr } = await runSoak(['--minutes', '0.05', '--json', file]);
      expect(code, `${stdout}\n${stderr}`).to.equal(0);
      expect(stdout)
        .to.contain('too short to tell what grows')
        .and.to.match(/\nsound\n$/);
      const report = JSON.parse(await readFile(file, 'utf8')) as SoakReport;
      expect(report.faults).to.deep.equal([]);
      expect(report.samples).to.not.deep.equal([]);
      expect(report.facts).to.be.above(0);
      expect(Object.values(report.played).reduce((sum, each) => sum + each, 0)).to.be.above(5);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('ends cleanly when it is interrupted, with a report', async () => {
    const { code, stdout } = await runSoak(['--minutes', '5'], (interrupt) => interrupt());
    expect(code, stdout).to.equal(0);
    expect(stdout).to.contain('\ninterrupted\n').and.to.contain('after close');
  });

  it('refuses what it does not know, and tells how it is used', async () => {
    for (const args of [['--fast'], ['--minutes', '0'], ['--minutes', 'many']]) {
      const { code, stderr } = await runSoak(args);
      expect(code, args.join(' ')).to.equal(2);
      expect(stderr).to.contain('npm run soak -- [options]');
    }
    const { code, stdout } = await runSoak(['--help']);
    expect(code).to.equal(0);
    expect(stdout).to.contain('--minutes N');
  });
});
