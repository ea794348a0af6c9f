import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { WasmatrixError } from '../../lib/core/errors.ts';
import { growthDocs } from './growth-docs.ts';
import { growthOptions } from './growth-options.ts';
import type { GrowthReport, RecordsPoint, ResidentsPoint } from './growth-report.ts';
import { GrowthRun } from './growth-run.ts';
import { growthVerdicts } from './growth-verdicts.ts';

const GROWTH = fileURLToPath(new URL('growth.js', import.meta.url));
const PLOTS = ['growth-residents.svg', 'growth-records.svg'];
const FEW = ['--starts', '2', '--calls', '20'];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command; it may be interrupted when it tells of a phase. */
async function runGrowth(args: readonly string[], interruptAt?: string): Promise<Ended> {
  const child = spawn(process.execPath, [GROWTH, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const told = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      const wasTold = interruptAt === undefined || told.stderr.includes(interruptAt);
      told[stream] += chunk;
      if (!wasTold && told.stderr.includes(interruptAt)) child.kill('SIGINT');
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...told };
}

const MS = { p50: 1, p99: 2, count: 60 };
const CALLS = { callMs: MS, hostCpuUs: 90 };

const residentsPoint = (residents: number, startP50: number): ResidentsPoint => ({
  ...CALLS,
  residents,
  added: residents,
  addedSeconds: 1,
  startMs: { ...MS, p50: startP50 },
  withoutSpare: 0,
  floorMs: MS,
  hostMiB: 200,
  shardsMiB: 300,
  eachMiB: 7.6,
});

const recordsPoint = (records: number, addedSeconds: number): RecordsPoint => ({
  ...CALLS,
  records,
  added: records,
  addedSeconds,
  registrationMs: MS,
  rssMiB: 300,
  eachBytes: 1_025,
});

const REPORT: GrowthReport = {
  takenAt: '2026-01-02T03:04:05.000Z',
  machine: 'a machine',
  options: { residents: [10, 2_000], records: [1_000], shards: 3, spares: 2, starts: 60, calls: 9 },
  wasInterrupted: false,
  residents: { points: [residentsPoint(10, 2), residentsPoint(2_000, 2.6)] },
  records: { points: [recordsPoint(1_000, 1), recordsPoint(100_000, 59.5)], refusal: '5: full {}' },
  faults: [],
};

describe('the measure of growth', function () {
  this.timeout(60_000);
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasmatrix-growth-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const written = async (): Promise<GrowthReport> =>
    JSON.parse(await readFile(join(folder, 'growth.json'), 'utf8')) as GrowthReport;

  const expectPlots = async (): Promise<void> => {
    for (const name of PLOTS) {
      const svg = await readFile(join(folder, name), 'utf8');
      expect(svg, name).to.match(/^<svg[^]*<\/svg>\n$/);
      expect(svg, name).to.match(/<rect width="1000" height="720"[^>]*fill="#fff"/);
      expect(svg, name).to.not.contain('NaN');
    }
  };

  it('takes every figure at every number, and leaves nothing behind', async () => {
    const counts = ['--residents', '4,2', '--records', '5', '--shards', '1', '--spares', '1'];
    const { code, stdout, stderr } = await runGrowth([...counts, ...FEW, '--out', folder]);
    expect(code, `${stdout}\n${stderr}`).to.equal(0);
    const { residents, records, faults, wasInterrupted } = await written();
    expect({ faults, wasInterrupted }).to.deep.equal({ faults: [], wasInterrupted: false });
    expect(residents.points.map((point) => [point.residents, point.added])).to.deep.equal([
      [2, 2],
      [4, 2],
    ]);
    expect(records.points.map((point) => point.records)).to.deep.equal([5]);
    for (const { startMs, callMs, floorMs, ...figures } of residents.points) {
      expect([startMs.count, callMs.count]).to.deep.equal([2, 20]);
      for (const ms of [startMs, callMs, floorMs]) expect(ms.p50).to.be.above(0);
      expect(figures.hostCpuUs).to.be.above(0);
      expect(figures.shardsMiB).to.be.above(0);
    }
    for (const { registrationMs, callMs, hostCpuUs } of records.points) {
      expect([registrationMs.count, callMs.count]).to.deep.equal([5, 20]);
      expect(hostCpuUs).to.be.above(0);
    }
    expect(stdout).to.contain('nothing was lost or wrong').and.to.contain('not measured · start');
    await expectPlots();
  });

  it('stops at Ctrl-C, and reports what there is', async () => {
    const counts = ['--residents', '1,300', '--records', '5', '--shards', '0'];
    const args = [...counts, ...FEW, '--out', folder];
    const { code, stdout, stderr } = await runGrowth(args, '300 residents');
    expect(code, `${stdout}\n${stderr}`).to.equal(0);
    const { residents, records, wasInterrupted } = await written();
    expect(wasInterrupted).to.equal(true);
    expect(residents.points.map((point) => point.residents)).to.deep.equal([1]);
    expect(records.points).to.deep.equal([]);
    expect(stdout).to.contain('\ninterrupted\n');
    await expectPlots();
  });

  it('refuses what it does not know, and tells how it is used', async () => {
    const wrong = [
      ['--residents', '10,many'],
      ['--residents', '0'],
      ['--records', ''],
      ['--shards', '65'],
      ['--minutes', '0'],
      ['--fast'],
    ];
    for (const args of wrong) expect(() => growthOptions(args), args.join(' ')).to.throw(TypeError);
    const { code, stderr } = await runGrowth(['--residents', 'many']);
    expect(code).to.equal(2);
    expect(stderr).to.contain('--residents: must be').and.to.contain('npm run growth -- [options]');
  });

  it('ends where there is no room, and takes any other failure for a fault', async () => {
    const growUntil = async (error: Error) => {
      const run = new GrowthRun(growthOptions([]), new AbortController().signal);
      const series = await run.series([1, 2, 3], async (count) => {
        if (count === 2) throw error;
        return count;
      });
      return { ...series, faults: run.faults };
    };
    const full = new WasmatrixError('RESOURCE_EXHAUSTED', 'full', { resource: 'memory' });
    expect(await growUntil(full)).to.deep.equal({
      points: [1],
      refusal: '2: full {"resource":"memory"}',
      faults: [],
    });
    expect(await growUntil(new Error('lost'))).to.deep.equal({
      points: [1],
      faults: ['2: Error: lost'],
    });
  });

  it('says of each aim whether it is met, missed or was not measured', () => {
    const outcomes = (report: GrowthReport): readonly string[] =>
      growthVerdicts(report).map(({ outcome }) => outcome);
    expect(outcomes(REPORT)).to.deep.equal(['met', 'met', 'missed', 'missed']);
    const slower = { points: [residentsPoint(10, 2), residentsPoint(2_000, 2.61)] };
    const nothing = { points: [recordsPoint(1_000, 1)] };
    expect(outcomes({ ...REPORT, residents: slower, records: nothing })).to.deep.equal([
      'missed',
      'not measured',
      'not measured',
      'not measured',
    ]);
  });

  it('writes a page that says all of it', () => {
    const page = growthDocs(REPORT);
    expect(page)
      .to.contain('2026-01-02: a machine.')
      .and.to.contain('- **met** · start p50 with 2,000 residents')
      .and.to.contain('**missed** · 100,000 records registered within 60 s: 60.5 s')
      .and.to.contain('There was no room for 5: full {}')
      .and.to.contain('--residents 10,2000 --records 1000 --shards 3');
    for (const plot of PLOTS) expect(page).to.contain(`](${plot})`);
  });
});
