import { expect } from 'chai';
import fc from 'fast-check';
import type { ExecutionEvent, ExecutionEventType } from '../../lib/core/execution-event.ts';
import { LatencyBuckets } from '../../lib/core/latency-buckets.ts';
import { placeChart } from '../../lib/dashboard/model/chart-layout.ts';
import { Fleet } from '../../lib/dashboard/model/fleet.ts';
import { callsBetween, latencyQuantile } from '../../lib/dashboard/model/latency-quantile.ts';
import { lookOf } from '../../lib/dashboard/model/state-look.ts';
import { TimeBins } from '../../lib/dashboard/model/time-bins.ts';
import { instanceChart } from '../../lib/machines/instance-chart.ts';
import { instanceMachine } from '../../lib/machines/instance-machine.ts';

function fact(
  seq: number,
  type: ExecutionEventType,
  details: Readonly<Record<string, unknown>> = {},
  more: Partial<ExecutionEvent> = {},
): ExecutionEvent {
  return { seq, type, instanceId: 'a', nodeId: 'n', timestamp: '', details, ...more };
}

describe('the fleet of the dashboard', () => {
  const after = (...facts: readonly ExecutionEvent[]): string | undefined => {
    const fleet = new Fleet();
    for (const each of facts) fleet.apply(each);
    return fleet.get('a')?.lifecycle;
  };

  it('follows the facts of a life', () => {
    const started = fact(1, 'instance_started');
    expect(after(started)).to.equal('up.running');
    expect(after(fact(1, 'instance_started', { residency: 'on-demand' }))).to.equal('asleep');
    const crashed = fact(2, 'instance_crashed', { willRestart: true });
    expect(after(started, crashed)).to.equal('backoff');
    expect(after(fact(1, 'instance_started', {}, { groupId: 'g' }), crashed)).to.equal('held');
    expect(after(started, fact(2, 'instance_crashed', { willRestart: false }))).to.equal('failed');
    expect(after(started, fact(2, 'instance_stopped', { reason: 'exited' }))).to.equal('completed');
    expect(after(started, fact(2, 'instance_stopped', { reason: 'killed' }))).to.equal(undefined);
    expect(after(fact(1, 'instance_failed', { why: 'start-failed' }))).to.equal(undefined);
    expect(after(started, crashed, fact(3, 'instance_restarted', { restarts: 1 }))).to.equal(
      'up.running',
    );
  });

  it('takes facts once more that a list did not know yet, and those alone', () => {
    const fleet = new Fleet();
    fleet.apply(fact(1, 'instance_started'));
    fleet.apply(fact(2, 'instance_crashed', { willRestart: false }));
    const row = { id: 'a', lifecycle: 'up.running', restarts: 0 };
    fleet.load([row], 1);
    expect(fleet.get('a')?.lifecycle).to.equal('failed');
    fleet.load([row], 2);
    expect(fleet.get('a')?.lifecycle).to.equal('up.running');
    expect([...fleet.load([], 2)]).to.deep.equal(['a']);
    expect(fleet.size).to.equal(0);
  });
});

describe('latencies', () => {
  it('are told by a bucket that holds them, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (times, share) => {
          const histogram = LatencyBuckets.fine();
          for (const ms of times) histogram.note(ms);
          const figures = histogram.figures();
          const exact = times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? 0;
          const told = latencyQuantile(figures, share) ?? Number.NaN;
          expect(figures.count).to.equal(times.length);
          expect(told).to.be.at.least(exact * 0.999);
          expect(told).to.be.at.most(Math.max(0.01, exact * Math.SQRT2 * 1.001));
        },
      ),
    );
  });

  it('of an interval are those that were counted in it', () => {
    const histogram = LatencyBuckets.fine();
    histogram.note(1_000);
    const before = histogram.figures();
    histogram.note(1);
    const between = callsBetween(before, histogram.figures());
    expect(between.count).to.equal(1);
    expect(latencyQuantile(between, 0.99)).to.be.within(1, 1.5);
    expect(latencyQuantile(callsBetween(before, before), 0.5)).to.equal(null);
  });
});

describe('the chart of a lifecycle', () => {
  it('is that of the machine that instances run by', () => {
    const { states, transitions } = instanceChart();
    const top = Object.keys(instanceMachine.root.states);
    expect(
      states.filter(({ parent }) => parent === undefined).map(({ path }) => path),
    ).to.deep.equal(top);
    expect(transitions).to.deep.include({
      source: 'up.running',
      target: 'up.stopping',
      event: 'instance.restart',
    });
    expect(transitions).to.deep.include({ source: 'backoff', target: 'up', delay: 'backoff' });
    expect(transitions).to.deep.include({
      source: 'ended',
      target: 'completed',
      guard: 'hasCompleted',
    });
  });

  it('has each state in a place of its own, in view, and a look', () => {
    const { width, height, states } = placeChart(instanceChart());
    for (const state of states) {
      expect(state.x).to.be.at.least(0);
      expect(state.x + state.width).to.be.at.most(width);
      expect(state.y + state.height).to.be.at.most(height);
      for (const other of states) {
        if (other === state || other.parent === state.path || state.parent === other.path) continue;
        const isApart =
          state.x + state.width <= other.x ||
          other.x + other.width <= state.x ||
          state.y + state.height <= other.y ||
          other.y + other.height <= state.y;
        expect(isApart, `${state.path} and ${other.path}`).to.equal(true);
      }
      const isWell = !/failed/i.test(state.path);
      if (isWell && state.path !== 'up')
        expect(lookOf(state.path).key, state.path).not.to.equal('failed');
    }
    expect(lookOf('constructor').key).to.equal('failed');
  });
});

describe('time bins', () => {
  it('count what happened in each, and forget what is older', () => {
    const bins = new TimeBins(1_000, 3);
    for (const at of [500, 1_100, 1_900, 3_000]) bins.add(at, 3_000);
    expect(bins.view(3_500)).to.deep.equal({ timesS: [1, 2, 3], counts: [2, 0, 1] });
    expect(bins.view(5_000).counts).to.deep.equal([1, 0, 0]);
  });
});
