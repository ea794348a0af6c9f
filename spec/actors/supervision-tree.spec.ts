import { expect } from 'chai';
import { SHARD_CAPACITY } from '../../lib/actors/supervision-shard.ts';
import { TRAP } from '../machines/fake-lives.ts';
import { BACKOFF_MS, policyOf, statusOf } from '../machines/instance-bench.ts';
import { type FakeChild, INTENSITY, TreeBench } from './fake-child.ts';

/** Makes the lifecycle logic of one child throw. */
function breakLogic(bench: TreeBench, child: FakeChild): void {
  bench.isChanceBroken = true;
  child.lives.ready();
  const { life, report } = child.lives.last;
  report({ type: 'life.ended', life, end: TRAP });
  bench.isChanceBroken = false;
}

describe('the supervision tree', () => {
  it('W6 · restarts a child by its policy and tells its end once', () => {
    const bench = new TreeBench();
    const child = bench.start('a', policyOf('on-failure', 1));
    child.lives.ready();
    child.lives.end(TRAP);
    expect(bench.ended).to.deep.equal([]);
    bench.clock.advance(BACKOFF_MS);
    child.lives.ready();
    expect(statusOf(child.machine.getSnapshot())).to.equal('running');
    child.lives.end(TRAP);
    expect(bench.ended).to.deep.equal([['a', 'failed']]);
    expect(bench.tree.size).to.equal(0);
  });

  it('puts more than 256 children into several shards and uses free room again', () => {
    const bench = new TreeBench();
    const count = 2 * SHARD_CAPACITY + 10;
    for (let n = 0; n < count; n++) bench.start(`c${n}`);
    const shards = new Map<unknown, number>();
    for (const { shard } of bench.all) shards.set(shard, (shards.get(shard) ?? 0) + 1);
    expect([...shards.values()]).to.deep.equal([SHARD_CAPACITY, SHARD_CAPACITY, 10]);
    expect(bench.tree.size).to.equal(count);

    for (const id of ['c0', 'c1', 'c2']) bench.child(id).machine.send({ type: 'instance.stop' });
    const [first] = shards.keys();
    for (const id of ['n0', 'n1', 'n2']) expect(bench.start(id).shard).to.equal(first);
    expect(bench.start('n3').shard).to.equal(bench.child('c520').shard);
    expect(bench.tree.size).to.equal(count + 1);
    expect(bench.livesAlive).to.equal(count + 1);
    bench.tree.destroy();
    expect(bench.livesAlive).to.equal(0);
  });

  it('refuses a second child of one id and leaves the first one alone', () => {
    const bench = new TreeBench();
    const child = bench.start('a');
    child.lives.ready();
    expect(() => bench.start('a')).to.throw('supervised already');
    expect(bench.tree.size).to.equal(1);
    expect(bench.livesAlive).to.equal(1);
    expect(statusOf(child.machine.getSnapshot())).to.equal('running');
    child.machine.send({ type: 'instance.stop', graceMs: 0 });
    bench.clock.advance(0);
    expect(bench.ended).to.deep.equal([['a', 'stopped']]);
    expect(bench.start('a').lives.alive).to.have.length(1);
  });

  it('takes names that prototypes have for mere ids', () => {
    const bench = new TreeBench();
    for (const id of ['constructor', 'toString', 'hasOwnProperty', 'x.y:z-1']) {
      bench.start(id).lives.ready();
      expect(bench.child(id).facts).to.deep.equal(['instance_started']);
    }
    for (const { machine } of bench.all) machine.send({ type: 'instance.stop', graceMs: 0 });
    bench.clock.advance(0);
    expect(bench.ended).to.have.length(4);
    expect(bench.tree.size).to.equal(0);
  });

  it('ends a removed child at once and tells nobody', () => {
    const bench = new TreeBench();
    const child = bench.start('a');
    child.lives.ready();
    child.machine.send({ type: 'instance.stop' });
    bench.tree.remove('a');
    bench.tree.remove('a');
    bench.tree.remove('never there');
    expect(bench.livesAlive).to.equal(0);
    expect(bench.clock.pending).to.equal(0);
    expect(bench.ended).to.deep.equal([]);
    expect(bench.tree.size).to.equal(0);
  });

  it('has a child reaped whose lifecycle logic throws, and leaves its siblings alone', () => {
    const bench = new TreeBench();
    const [bad, good] = [bench.start('bad'), bench.start('good')];
    good.lives.ready();
    breakLogic(bench, bad);
    expect(bench.broken).to.deep.equal([['bad', 'out of luck']]);
    expect(bench.ended).to.deep.equal([]);
    expect(bad.lives.alive).to.have.length(0);
    expect(bench.clock.pending).to.equal(0);
    expect(bench.tree.size).to.equal(1);
    expect(statusOf(good.machine.getSnapshot())).to.equal('running');
    expect(bench.start('bad').shard, 'its id is free again').to.equal(good.shard);
  });

  it('W6 · gives up a shard after too many such failures in the period, and no other', () => {
    const bench = new TreeBench();
    for (let n = 0; n < SHARD_CAPACITY + 1; n++) bench.start(`c${n}`);
    const elsewhere = bench.child(`c${SHARD_CAPACITY}`);
    elsewhere.lives.ready();
    const waiting = bench.child('c200');
    waiting.lives.ready();
    waiting.lives.end(TRAP);
    for (let n = 0; n <= INTENSITY.max; n++) {
      expect(bench.tree.size).to.equal(SHARD_CAPACITY + 1 - n);
      breakLogic(bench, bench.child(`c${n}`));
    }
    expect(bench.tree.size, 'only the other shard is left').to.equal(1);
    expect(bench.broken).to.have.length(SHARD_CAPACITY);
    expect(new Set(bench.broken.map(([id]) => id)).size, 'each told once').to.equal(SHARD_CAPACITY);
    expect(bench.broken.at(-1)?.[1]).to.equal('its supervisor has given up');
    expect(bench.errors).to.deep.equal(['a supervision shard has failed']);
    expect(bench.livesAlive, 'no orphan').to.equal(1);
    expect(bench.clock.pending, 'no timer of the lost shard').to.equal(0);
    expect(statusOf(elsewhere.machine.getSnapshot())).to.equal('running');

    const again = bench.start('c0');
    again.lives.ready();
    expect(again.facts).to.deep.equal(['instance_started']);
    expect(again.shard, 'a shard with room that still works').to.equal(elsewhere.shard);
  });

  it('W6 · bears any number of failures that lie far enough apart', () => {
    const bench = new TreeBench();
    bench.start('survivor').lives.ready();
    for (let n = 0; n < 5 * INTENSITY.max; n++) {
      breakLogic(bench, bench.start(`c${n}`));
      bench.clock.advance(Math.ceil(INTENSITY.periodMs / INTENSITY.max));
    }
    expect(bench.errors).to.deep.equal([]);
    expect(bench.tree.size).to.equal(1);
    expect(bench.livesAlive).to.equal(1);
  });

  it('W5 · leaves no life and no timer behind when it is destroyed, however often', () => {
    const bench = new TreeBench();
    const [running, stopping, waiting] = [bench.start('a'), bench.start('b'), bench.start('c')];
    bench.start('d');
    for (const { lives } of [running, stopping, waiting]) lives.ready();
    stopping.machine.send({ type: 'instance.stop' });
    waiting.lives.end(TRAP);
    expect(bench.clock.pending).to.equal(2);
    bench.tree.destroy();
    bench.tree.destroy();
    expect(bench.livesAlive).to.equal(0);
    expect(bench.clock.pending).to.equal(0);
    expect(bench.tree.size).to.equal(0);
    expect(bench.ended).to.deep.equal([]);
  });
});
