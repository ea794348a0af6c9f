import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Measurement, Verdict } from './measurement.ts';

const RUN = fileURLToPath(new URL('run.js', import.meta.url));

interface BenchJson {
  readonly machine: Readonly<Record<string, unknown>>;
  readonly measurements: readonly (Measurement & { readonly verdict: Verdict })[];
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the benchmarks; `onFirstProgress` may interrupt them. */
async function runBench(
  args: readonly string[],
  onFirstProgress: (interrupt: () => void) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [RUN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stderr.once('data', () => onFirstProgress(() => child.kill('SIGINT')));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

describe('the benchmarks', function () {
  this.timeout(180_000);

  it('run, and every figure is finite and positive', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wasmatrix-bench-'));
    try {
      const file = join(folder, 'bench.json');
      const { code, stdout, stderr } = await runBench(['--quick', '--json', file]);
      expect(code, stderr).to.equal(0);
      const { machine, measurements } = JSON.parse(await readFile(file, 'utf8')) as BenchJson;
      expect(machine).to.include({ node: process.version });
      expect(measurements).to.have.length.above(8);
      const killed = measurements.filter(({ name }) => name.startsWith('kill, '));
      expect(killed).to.have.length(12);
      expect(new Set(killed.map(({ aim }) => aim?.kind))).to.deep.equal(new Set(['p99']));
      expect(measurements.filter(({ name }) => name.includes('hostile'))).to.have.length(2);
      expect(measurements.map(({ name }) => name)).to.include.members([
        'invoke, against Extism',
        'warm start, against Extism',
        'event append',
        'event append, a subscriber',
        'list of 1,000',
        'list of 1,000, by a label',
      ]);
      for (const { name, ours, floor, floorFigures, ratio, aim, verdict } of measurements) {
        expect(stdout).to.contain(name);
        expect(floorFigures === undefined, name).to.equal(floor === undefined);
        const figures = [ours, floorFigures ?? ours].flatMap(({ p50, p99, count }) => [
          p50,
          p99,
          count,
        ]);
        for (const each of [...figures, ratio ?? 1]) {
          expect(each, name).to.be.a('number').above(0).and.below(Number.POSITIVE_INFINITY);
        }
        expect(ours.p99, name).to.be.at.least(ours.p50);
        expect(verdict === 'none', name).to.equal(aim === undefined);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('end cleanly when they are interrupted', async () => {
    const { code, stdout, stderr } = await runBench(['--only', 'invoke'], (interrupt) =>
      interrupt(),
    );
    expect(code).to.equal(130);
    expect(stdout).to.equal('');
    expect(stderr).to.contain('interrupted').and.not.to.contain('Error');
  });

  it('refuse what they do not know, and a page from a partial run', async () => {
    const attempts = [['--fast'], ['--only', 'nothing'], ['--quick', '--write-docs']];
    for (const args of attempts) {
      const { code, stderr } = await runBench(args);
      expect(code, args.join(' ')).to.equal(2);
      expect(stderr).to.contain('Usage:');
    }
  });
});
