import { expect } from 'chai';
import type { ChildRestart, GroupStrategy } from '../../lib/core/group-spec.ts';
import { PERIOD_MS, type PlainChild, type PlainGroup } from '../core/group-arbitraries.ts';
import { settled } from '../thrown.ts';
import { GroupBench } from './fake-members.ts';

const instance = { module: new Uint8Array([0]) };

function groupOf(
  strategy: GroupStrategy,
  maxRestarts: number,
  children: readonly (ChildRestart | PlainGroup)[],
): PlainGroup {
  return {
    strategy,
    intensity: { maxRestarts, periodMs: PERIOD_MS },
    backoff: { initialMs: 0, factor: 1, jitter: 0 },
    children: children.map((each, index): PlainChild => {
      const childId = `c${index}`;
      if (typeof each === 'string') return { childId, restart: each, instance };
      return { childId, restart: 'permanent', group: each };
    }),
  };
}

/** A group that runs, with nothing asked of it yet. */
function running(spec: PlainGroup): GroupBench {
  const bench = new GroupBench(spec);
  bench.begin();
  bench.settle();
  bench.asked.length = 0;
  return bench;
}

describe('a group at work', () => {
  it('W6 · leaves down who was stopped by others, and does not count that', async () => {
    const bench = running(groupOf('one-for-all', 0, ['permanent', 'permanent']));
    bench.stopByCaller(0);
    bench.settle();
    await settled();
    expect([bench.asked, bench.ends, bench.start]).to.deep.equal([[], 0, 'ran']);
  });

  it('W6 · starts nobody anew whom others stop while the group brings it down', () => {
    const bench = running(groupOf('rest-for-one', 2, ['permanent', 'permanent', 'permanent']));
    bench.end(0, true);
    bench.answer(0);
    bench.stopByCaller(2);
    bench.settle();
    expect(bench.asked).to.deep.equal(['hold 2', 'hold 1', 'start 0', 'start 1']);
    bench.end(0, true);
    bench.settle();
    // The next time it comes back with its neighbours.
    expect(bench.asked.slice(4)).to.deep.equal(['hold 1', 'start 0', 'start 1', 'start 2']);
  });

  it('W6 · asks for the end of who waits, once, whatever is told late', () => {
    const bench = running(groupOf('one-for-all', 1, ['permanent', 'permanent']));
    bench.end(0, true);
    bench.answer(0);
    bench.answer(1);
    bench.end(0, true);
    bench.stop();
    expect(bench.asked.slice(-1)).to.deep.equal(['end 1']);
    bench.group.held(1);
    expect(bench.asked.filter((each) => each === 'end 1')).to.have.length(1);
    bench.settle();
    expect(bench.ends).to.equal(1);
  });

  it('W6 · takes a start that fails for a failure of the child of the group that restarts', () => {
    const inner = groupOf('one-for-one', 5, ['permanent', 'permanent']);
    const bench = running(groupOf('one-for-all', 1, ['permanent', inner]));
    bench.end(0, true);
    for (const leaf of [0, 2, 1, 0, 1]) bench.answer(leaf);
    expect(bench.asked.at(-1)).to.equal('start 2');
    expect(bench.end(2, true)).to.include({ kind: 'give-up', why: 'retries-exhausted' });
    bench.settle();
    expect([bench.fallen, bench.ends]).to.deep.equal([['g0'], 1]);
  });

  it('W6 · takes a good end in the middle of a start for a failure too', () => {
    const bench = running(groupOf('rest-for-one', 1, ['permanent', 'transient']));
    bench.end(0, true);
    for (const leaf of [0, 1, 0]) bench.answer(leaf);
    expect(bench.asked.at(-1)).to.equal('start 1');
    expect(bench.end(1, false)).to.include({ kind: 'give-up', why: 'retries-exhausted' });
  });

  it('W6 · lets who has ended well before it was to be stopped begin anew with the others', () => {
    const bench = running(groupOf('rest-for-one', 1, ['permanent', 'transient', 'permanent']));
    bench.end(0, true);
    bench.answer(0);
    expect(bench.end(1, false)).to.deep.include({ kind: 'restart' });
    bench.settle();
    expect(bench.asked).to.deep.equal(['hold 2', 'start 0', 'start 1', 'start 2']);
    expect(bench.end(1, false)).to.include({ kind: 'give-up', why: 'completed' });
  });

  it('W6 · goes on with the restart of the outer group when an inner one crashes into it', () => {
    const inner = groupOf('one-for-all', 5, ['permanent', 'permanent']);
    const bench = running(groupOf('one-for-all', 1, [inner, 'permanent']));
    bench.end(2, true);
    for (const leaf of [2, 1, 0, 0]) bench.answer(leaf);
    expect(bench.asked.at(-1)).to.equal('start 1');
    // The inner group begins anew, within what the outer one has begun.
    expect(bench.end(0, true)?.kind).to.equal('restart');
    for (const leaf of [0, 1]) bench.answer(leaf);
    expect(bench.asked.slice(-2)).to.deep.equal(['hold 1', 'start 0']);
    expect(bench.end(0, true)).to.include({ kind: 'give-up', why: 'retries-exhausted' });
  });

  it('W6 · ends with the reason of the first start that fails', async () => {
    const bench = new GroupBench(groupOf('one-for-one', 5, ['permanent', 'permanent']));
    bench.begin();
    bench.answer(0);
    bench.end(1, true);
    bench.answer(1);
    expect(bench.asked).to.deep.equal(['start 0', 'start 1', 'end 0']);
    await settled();
    expect(bench.start, 'not before the others are gone').to.equal(undefined);
    bench.settle();
    await settled();
    expect(bench.start).to.include({ code: 'WASM_RUNTIME_ERROR' });
  });

  it('W6 · restarts who crashes while others are started for the first time', async () => {
    const bench = new GroupBench(groupOf('one-for-one', 1, ['permanent', 'permanent']));
    bench.begin();
    bench.answer(0);
    expect(bench.end(0, true)?.kind).to.equal('restart');
    bench.settle();
    await settled();
    expect(bench.asked).to.deep.equal(['start 0', 'start 1', 'start 0']);
    expect(bench.start).to.equal('ran');
  });

  it('W6 · that is stopped while it starts rejects the start when all are gone', async () => {
    const bench = new GroupBench(groupOf('one-for-one', 5, ['permanent', 'permanent']));
    bench.begin();
    bench.answer(0);
    bench.stop();
    bench.settle();
    await settled();
    expect(bench.asked).to.deep.equal(['start 0', 'start 1', 'end 1', 'end 0']);
    expect(bench.start).to.include({ code: 'CRASH_DETECTED' });
    expect(bench.hasStopped).to.equal(true);
  });

  it('W5 · that is destroyed asks nothing of anybody any more, and keeps nobody waiting', async () => {
    const spec = groupOf('one-for-all', 5, ['permanent', 'permanent']);
    const bench = running({ ...spec, backoff: { ...spec.backoff, initialMs: 100 } });
    bench.end(1, true);
    bench.answer(1);
    bench.stop();
    bench.group.destroy();
    bench.group.destroy();
    await settled();
    expect([bench.hasStopped, bench.ends, bench.clock.pending]).to.deep.equal([true, 0, 0]);
    const before = bench.asked.length;
    bench.settle();
    expect(bench.group.judge(0, true)).to.include({ why: 'group-stopping' });
    expect(bench.asked).to.have.length(before);
  });
});
