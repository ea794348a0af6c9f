import { expect } from 'chai';
import { CountTally } from './count-tally.ts';
import { killsOptions } from './kills-options.ts';
import { isHarmless, killsText } from './kills-report.ts';
import { KillsRun } from './kills-run.ts';
import { LifeFacts } from './life-facts.ts';

const SMALL = ['--instances', '20', '--kills', '2', '--concurrency', '6'];
const never = new AbortController().signal;

describe('the tool that kills shards under load', function () {
  this.timeout(60_000);

  it('R8 · finds everybody back who is to be, once, with their grants, and every answer right', async () => {
    const lines: string[] = [];
    const progress = (line: string): void => void lines.push(line);
    const report = await new KillsRun(killsOptions(SMALL), { signal: never, progress }).measure();
    expect(report.faults).to.deep.equal([]);
    expect(isHarmless(report)).to.equal(true);
    expect(report.kills.map(({ guests }) => guests)).to.deep.equal([20, 20]);
    expect(new Set(report.kills.map(({ pid }) => pid)).size).to.equal(2);
    expect(report.knownMs?.count).to.equal(40);
    expect(report.calls.answered).to.be.above(0);
    expect(Object.keys(report.calls.refused)).to.not.deep.equal([]);
    expect(killsText(report)).to.contain('nothing was lost or wrong');
    expect(lines).to.have.lengthOf(3);
  });

  it('stops everything and still reports when it is interrupted', async () => {
    const interruption = new AbortController();
    const report = await new KillsRun(killsOptions(SMALL), {
      signal: interruption.signal,
      progress: () => interruption.abort(),
    }).measure();
    expect(report.wasInterrupted).to.equal(true);
    expect(report.faults).to.deep.equal([]);
    expect(killsText(report)).to.contain('interrupted');
  });

  it('tells when it had no time for all its kills', async () => {
    const options = { ...killsOptions(SMALL), minutes: 0 };
    const watch = { signal: never, progress: () => undefined };
    const report = await new KillsRun(options, watch).measure();
    expect(report.faults).to.deep.equal(['only 0 kills in the time that was given']);
    expect(isHarmless(report)).to.equal(false);
  });

  it('names an option that is wrong', () => {
    const wrong = [
      ['--instances', '9'],
      ['--kills', '0'],
      ['--kills', '1.5'],
      ['--shards', '0'],
      ['--concurrency', 'many'],
      ['--minutes', ''],
    ];
    for (const args of wrong) expect(() => killsOptions(args)).to.throw(TypeError, /^--/);
  });
});

describe('the tally of one caller', () => {
  it('wants every increment that was acknowledged, and none besides', () => {
    const tally = new CountTally();
    expect(tally.answered(1n)).to.equal(undefined);
    expect(tally.answered(1n)).to.equal('a counter shows 1, not 2 to 2');
    expect(tally.answered(3n)).to.equal('a counter shows 3, not 2 to 2');
  });

  it('allows for what may have been executed, once, and until nothing is under way', () => {
    const tally = new CountTally();
    tally.unsure();
    tally.unsure();
    expect(tally.answered(2n)).to.equal(undefined);
    // The other one was late.
    expect(tally.answered(4n)).to.equal(undefined);
    expect(tally.answered(6n)).to.equal('a counter shows 6, not 5 to 5');
    tally.unsure();
    tally.rest();
    expect(tally.answered(7n)).to.equal(undefined);
    expect(tally.answered(9n)).to.equal('a counter shows 9, not 8 to 8');
  });
});

describe('the lives that facts tell of', () => {
  it('follow one after another, each after the end of the last', () => {
    const faults: string[] = [];
    const lives = new LifeFacts((fault) => faults.push(fault));
    const tell = (...types: Parameters<LifeFacts['take']>[0]['type'][]): void => {
      for (const [seq, type] of types.entries()) lives.take({ seq, type, instanceId: 'a' });
    };
    tell('instance_started', 'instance_crashed', 'instance_restarted', 'capability_denied');
    tell('instance_crashed', 'instance_crashed', 'instance_failed', 'instance_stopped');
    tell('instance_started');
    expect(faults).to.deep.equal([]);
    expect(lives.takeCrashes()).to.have.lengthOf(3);
    expect(lives.takeCrashes()).to.deep.equal([]);
    tell('instance_restarted', 'instance_started', 'instance_stopped', 'instance_crashed');
    expect(faults).to.deep.equal([
      'fact 0: instance_restarted of an instance that was up',
      'fact 1: instance_started of an instance that was up',
      'fact 3: instance_crashed of an instance that was unknown',
    ]);
  });
});
