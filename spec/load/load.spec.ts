import { expect } from 'chai';
import { guestPath } from '../guests/guest-file.ts';
import { loadOptions } from './load-options.ts';
import { loadPlot } from './load-plot.ts';
import { isFaultless, loadText } from './load-report.ts';
import { LoadRun } from './load-run.ts';

const SMALL = ['--instances', '6', '--calls', '60', '--kv-calls', '40', '--restarts', '3'];
const never = new AbortController().signal;

describe('the load tool', function () {
  this.timeout(60_000);

  for (const [residency, shards] of [
    ['resident', '0'],
    ['resident', '1'],
    ['on-demand', '0'],
  ] as const) {
    it(`does all it was asked for and finds nothing wrong · ${residency}, ${shards} shards`, async () => {
      const options = loadOptions([...SMALL, '--residency', residency, '--shards', shards]);
      const report = await new LoadRun(options, never).measure();
      expect(report.faults).to.deep.equal([]);
      expect(isFaultless(report)).to.equal(true);
      const done = Object.fromEntries(report.phases.map(({ name, done: count }) => [name, count]));
      expect(done).to.deep.equal({
        start: 6,
        call: 60,
        'start counters': 16,
        'kv increment': 40,
        'stop counters': 16,
        restart: 3,
        'call after it': 6,
        stop: 6,
      });
      for (const { ms } of report.phases) expect(ms?.p99).to.be.at.least(ms?.p50 ?? Number.NaN);
      expect(loadText(report)).to.contain('nothing was lost or wrong');
      expect(loadPlot(report)).to.match(/^<svg[^]*<\/svg>$/);
    });
  }

  it("tells a wrong answer, and calls a guest of the user's own", async () => {
    const own = ['--guest', guestPath('core'), '--export', 'add', '--args', '[2, 3]'];
    const run = async (expected: string) => {
      const options = loadOptions([...SMALL, ...own, '--kv-calls', '0', '--expect', expected]);
      return new LoadRun(options, never).measure();
    };
    expect((await run('5')).faultCount).to.equal(0);
    const wrong = await run('6');
    expect(wrong.faultCount).to.equal(66);
    expect(wrong.faults).to.deep.equal([
      'call: Error: a call answered 5 instead of 6',
      'call after it: Error: a call answered 5 instead of 6',
    ]);
    expect(isFaultless(wrong)).to.equal(false);
    expect(loadText(wrong)).to.contain('66 faults');
  });

  it('stops everything and still reports when it is interrupted', async () => {
    const options = loadOptions(SMALL);
    const report = await new LoadRun(options, AbortSignal.abort()).measure();
    expect(report.wasInterrupted).to.equal(true);
    expect(report.faults).to.deep.equal([]);
    expect(loadText(report)).to.contain('interrupted');
  });

  it('names an option that is wrong', () => {
    const wrong = [
      ['--instances', '0'],
      ['--calls', 'many'],
      ['--residency', 'elsewhere'],
      ['--guest', 'a.wasm'],
      ['--guest', 'a.wasm', '--export', 'a', '--args', '5'],
      ['--guest', 'a.wasm', '--export', 'a', '--expect', '{'],
      ['--minutes', ''],
      ['--shards', '65'],
    ];
    for (const args of wrong) expect(() => loadOptions(args)).to.throw(TypeError, /^--/);
  });
});
