import { expect } from 'chai';
import * as fc from 'fast-check';
import type { InstanceOutput } from '../../lib/machines/instance-machine.ts';
import { RUNS } from '../core/property-runs.ts';
import { EXIT_ONE, EXIT_ZERO, TRAP } from '../machines/fake-lives.ts';
import { GRACE_MS, policyOf, statusOf } from '../machines/instance-bench.ts';
import { PlainInstance } from '../machines/plain-instance.ts';
import { TreeBench } from './fake-child.ts';

/** All instances as plain data. */
interface Model {
  readonly live: Map<string, PlainInstance>;
  readonly ended: [string, InstanceOutput['outcome']][];
}

type Command = fc.Command<Model, TreeBench>;

const ENDS = { trap: TRAP, one: EXIT_ONE, zero: EXIT_ZERO } as const;

/** Compares everything that can be seen of the tree with the model. */
function compare(model: Model, bench: TreeBench): void {
  for (const [id, instance] of model.live) {
    if (!instance.isOver) continue;
    model.live.delete(id);
    model.ended.push([id, instance.phase as InstanceOutput['outcome']]);
    expect(bench.child(id).facts).to.deep.equal(instance.facts);
  }
  expect(bench.tree.size).to.equal(model.live.size);
  expect(bench.ended).to.have.deep.members(model.ended);
  expect(model.ended).to.have.deep.members(bench.ended);
  expect(bench.broken).to.deep.equal([]);
  let up = 0;
  let timers = 0;
  for (const [id, instance] of model.live) {
    const { machine, facts, lives } = bench.child(id);
    expect(statusOf(machine.getSnapshot())).to.equal(instance.status);
    expect(facts).to.deep.equal(instance.facts);
    expect(lives.alive.length).to.equal(instance.isUp ? 1 : 0);
    expect(lives.all.length).to.equal(instance.life);
    up += instance.isUp ? 1 : 0;
    timers += instance.dueMs === undefined ? 0 : 1;
  }
  expect(bench.livesAlive, 'no orphan life').to.equal(up);
  expect(bench.clock.pending, 'no orphan timer').to.equal(timers);
}

/** A command to one child that is supervised. */
function toChild(
  name: string,
  id: string,
  act: (bench: TreeBench, instance: PlainInstance, nowMs: number) => void,
): Command {
  return {
    check: ({ live }) => live.has(id),
    run(model, bench) {
      const instance = model.live.get(id);
      if (instance !== undefined) act(bench, instance, bench.clock.now());
      compare(model, bench);
    },
    toString: () => `${name} ${id}`,
  };
}

const spawn = (id: string, policyType: 'never' | 'always' | 'on-failure'): Command => ({
  check: ({ live }) => !live.has(id),
  run(model, bench) {
    const policy = policyOf(policyType, 2);
    bench.start(id, policy);
    model.live.set(id, new PlainInstance(policy, GRACE_MS));
    compare(model, bench);
  },
  toString: () => `spawn ${id} ${policyType}`,
});

const spawnTwice = (id: string): Command => ({
  check: ({ live }) => live.has(id),
  run(model, bench) {
    expect(() => bench.start(id)).to.throw('supervised already');
    compare(model, bench);
  },
  toString: () => `spawn ${id} again`,
});

const remove = (id: string): Command => ({
  check: ({ live }) => live.has(id),
  run(model, bench) {
    bench.tree.remove(id);
    model.live.delete(id);
    compare(model, bench);
  },
  toString: () => `remove ${id}`,
});

const advance = (ms: number): Command => ({
  check: () => true,
  run(model, bench) {
    bench.clock.advance(ms);
    for (const instance of model.live.values()) instance.passTime(bench.clock.now());
    compare(model, bench);
  },
  toString: () => `advance ${ms}`,
});

const id = fc.constantFrom('a', 'b', 'c', 'constructor');

const commands = [
  fc
    .tuple(id, fc.constantFrom('never' as const, 'always' as const, 'on-failure' as const))
    .map(([name, policy]) => spawn(name, policy)),
  id.map(spawnTwice),
  id.map(remove),
  fc.integer({ min: 1, max: 600 }).map(advance),
  id.map((name) =>
    toChild('ready', name, (bench, instance) => {
      const { lives } = bench.child(name);
      if (!lives.last.isAlive) return;
      lives.ready();
      instance.ready();
    }),
  ),
  fc
    .tuple(id, fc.constantFrom('trap' as const, 'one' as const, 'zero' as const))
    .map(([name, how]) =>
      toChild(`end by ${how}`, name, (bench, instance, nowMs) => {
        bench.child(name).lives.end(ENDS[how]);
        instance.end(ENDS[how].exit, nowMs);
      }),
    ),
  id.map((name) =>
    toChild('stop', name, (bench, instance, nowMs) => {
      bench.child(name).machine.send({ type: 'instance.stop' });
      instance.stop(nowMs);
    }),
  ),
  id.map((name) =>
    toChild('restart', name, (bench, instance, nowMs) => {
      bench.child(name).machine.send({ type: 'instance.restart' });
      instance.restart(nowMs);
    }),
  ),
  id.map((name) =>
    toChild('drained', name, (bench, instance) => {
      bench.child(name).lives.drained();
      instance.drained();
    }),
  ),
];

describe('the supervision tree against a plain model', () => {
  it('P2 P13 · has the children, lives, timers and facts that the model predicts', () => {
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 60, size: 'max' }), (sequence) => {
        fc.modelRun(() => {
          const model: Model = { live: new Map(), ended: [] };
          return { model, real: new TreeBench() };
        }, sequence);
      }),
      RUNS,
    );
  });
});
