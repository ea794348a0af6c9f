import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { fuzzedGuests } from './fuzz-guests.ts';
import { chanceOf, mutantOf } from './fuzz-mutants.ts';
import { type FuzzReport, FuzzRun } from './fuzz-run.ts';

const scriptAt = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function fuzz(
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [scriptAt('fuzz.js'), ...args], { stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

describe('mutants of all guests', function () {
  this.timeout(60_000);
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasmatrix-fuzz-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('P19 · end nothing but themselves, and all that they are told is told in codes of ours', async () => {
    const { code, stdout, stderr } = await fuzz('--count', '600', '--json', '--out', folder);
    expect(code, stdout + stderr).to.equal(0);
    const { mutants, tally, faults } = JSON.parse(stdout) as FuzzReport;
    expect([mutants, faults]).to.deep.equal([600, []]);
    expect(tally.refused + tally.invalid + tally.compiled).to.equal(600);
    // Otherwise the mutants were too wild, or too tame, to say anything.
    expect(Math.min(tally.refused, tally.invalid, tally.compiled, tally.started)).to.be.above(0);
  });

  it('are the same for the same seed, and differ from their guests', () => {
    const guests = fuzzedGuests();
    const some = (seed: number): string[] =>
      Array.from({ length: 50 }, (_, index) =>
        Buffer.from(mutantOf(guests, chanceOf(seed, index))).toString('base64'),
      );
    expect(some(1)).to.deep.equal(some(1)).and.not.to.deep.equal(some(2));
    const originals = new Set(guests.map((each) => Buffer.from(each).toString('base64')));
    expect(some(1).filter((mutant) => originals.has(mutant))).to.have.length.below(10);
  });

  it('that end or hold up the process are found out and kept', async () => {
    const report = await new FuzzRun({
      seed: 1,
      count: 100,
      forMs: Number.POSITIVE_INFINITY,
      folder,
      script: scriptAt('fuzz-broken-child.js'),
      deadlineMs: 2_000,
      signal: new AbortController().signal,
      progress: () => undefined,
    }).run();
    expect(report.mutants).to.equal(100);
    const [ended, hung, ...others] = report.faults;
    expect(others).to.deep.equal([]);
    expect(ended).to.include({ index: 33 }).and.have.property('problem').that.includes('SIGABRT');
    expect(hung).to.include({ index: 77, problem: 'nothing for 2000 ms' });
    const mutant = mutantOf(fuzzedGuests(), chanceOf(1, 33));
    expect(new Uint8Array(await readFile(ended?.file ?? ''))).to.deep.equal(mutant);
  });

  it('are not made by a command line that is not understood', async () => {
    for (const args of [['--count', '0'], ['--seed', '-1'], ['--fast']]) {
      const { code, stderr } = await fuzz(...args);
      expect(code, args.join(' ')).to.equal(2);
      expect(stderr).to.include('Usage:');
    }
  });
});
