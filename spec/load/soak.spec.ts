import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { SoakReport } from './soak-report.ts';
import { toolRun } from './tool-run.ts';

const SOAK = fileURLToPath(new URL('soak.js', import.meta.url));

describe('a soak', function () {
  this.timeout(180_000);

  it('plays its episodes, finds every answer right, and leaves nothing behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wasmatrix-soak-'));
    try {
      const file = join(folder, 'soak.json');
      const { code, stdout, stderr } = await toolRun(SOAK, ['--minutes', '0.05', '--json', file]);
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
    const { code, stdout } = await toolRun(SOAK, ['--minutes', '5'], (interrupt) => interrupt());
    expect(code, stdout).to.equal(0);
    expect(stdout).to.contain('\ninterrupted\n').and.to.contain('after close');
  });

  it('refuses what it does not know, and tells how it is used', async () => {
    for (const args of [['--fast'], ['--minutes', '0'], ['--minutes', 'many']]) {
      const { code, stderr } = await toolRun(SOAK, args);
      expect(code, args.join(' ')).to.equal(2);
      expect(stderr).to.contain('npm run soak -- [options]');
    }
    const { code, stdout } = await toolRun(SOAK, ['--help']);
    expect(code).to.equal(0);
    expect(stdout).to.contain('--minutes N');
  });
});
