import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type ChurnReport, COUNTED } from './churn-report.ts';
import { toolRun } from './tool-run.ts';

const CHURN = fileURLToPath(new URL('churn.js', import.meta.url));

describe('a churn', function () {
  this.timeout(180_000);

  it('finds every answer right, no fact missed and nothing left behind, and reports when it is interrupted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wasmatrix-churn-'));
    try {
      const file = join(folder, 'churn.json');
      const args = ['--minutes', '5', '--readers', '8', '--json', file];
      const { code, stdout, stderr } = await toolRun(CHURN, args, (interrupt) => interrupt());
      expect(code, `${stdout}\n${stderr}`).to.equal(0);
      expect(stdout)
        .to.contain('too short to tell what grows')
        .and.to.match(/\ninterrupted\nflat\n$/);
      const report = JSON.parse(await readFile(file, 'utf8')) as ChurnReport;
      expect(report.wasInterrupted).to.equal(true);
      expect(report.faults).to.deep.equal([]);
      expect(report.samples[0]?.eventStreams).to.be.above(0);
      expect(report.samples[0]?.handlesByType).to.have.property('TCPSocketWrap');
      expect(report.readers.heard).to.be.above(0);
      expect(report.readers.came).to.be.at.least(8);
      expect(report.facts).to.be.above(0);
      expect(Object.values(report.played).reduce((sum, each) => sum + each, 0)).to.be.above(3);
      for (const figure of COUNTED) {
        expect(report.restAfter[figure], figure).to.be.at.most(report.restBefore[figure]);
        expect(report.after?.[figure], figure).to.be.at.most(report.before[figure]);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses what it does not know, and tells how it is used', async () => {
    const wrong = [['--fast'], ['--minutes', '0'], ['--readers', '81']];
    for (const { code, stderr } of await Promise.all(wrong.map((args) => toolRun(CHURN, args)))) {
      expect(code, stderr).to.equal(2);
      expect(stderr).to.contain('npm run churn -- [options]');
    }
    const { code, stdout } = await toolRun(CHURN, ['--help']);
    expect(code).to.equal(0);
    expect(stdout).to.contain('--readers N');
  });
});
