import { expect } from 'chai';
import * as fc from 'fast-check';
import { PERIOD_MS, type PlainGroup, plainGroups } from '../core/group-arbitraries.ts';
import { RUNS } from '../core/property-runs.ts';
import { settled } from '../thrown.ts';
import { GroupBench } from './fake-members.ts';

/** A group as plain data: the times of its restarts, and whether it has come to its end. */
interface Model {
  readonly spec: PlainGroup;
  times: number[];
  isOver: boolean;
}

type Command = fc.Command<Model, GroupBench>;

/** Whether each end counts at the one group that there is. */
const isPlain = ({ children }: PlainGroup): boolean =>
  children.every((each) => 'instance' in each && each.restart === 'permanent');

/** One more end; whether the group bears it. */
function counted(model: Model, nowMs: number): boolean {
  const { maxRestarts } = model.spec.intensity;
  model.times = model.times.filter((time) => nowMs - time < PERIOD_MS);
  model.times.push(nowMs);
  return model.times.length <= maxRestarts;
}

const command = (
  name: string,
  leaf: number,
  act: (bench: GroupBench, leaf: number, model: Model) => void,
): Command => ({
  check: () => true,
  run(model, bench) {
    act(bench, leaf % bench.members.length, model);
    expect(bench.clock.pending, 'one timer at the most').to.be.at.most(1);
    expect(bench.ends).to.be.at.most(1);
    if (bench.ends === 1) {
      expect(new Set(bench.members.map(({ phase }) => phase))).to.deep.equal(new Set(['none']));
      expect(bench.clock.pending).to.equal(0);
    }
  },
  toString: () => `${name} ${leaf}`,
});

const end = (isFailure: boolean) =>
  function endOne(bench: GroupBench, leaf: number, model: Model): void {
    const { phase, hasRun } = bench.at(leaf);
    const isFirstStart = bench.start === undefined && phase === 'starting';
    const decision = bench.end(leaf, isFailure);
    if (decision?.kind === 'give-up' && bench.plan.root.parent === undefined) {
      const isRootFallen =
        decision.why === 'group-stopping' || decision.why === 'retries-exhausted';
      // An inner group that is temporary can fall alone; the next start or end tells.
      if (isRootFallen && bench.plan.groups.length === 1) bench.isEnding = true;
    }
    if (!isPlain(model.spec) || phase === 'none' || !hasRun || decision === undefined) return;
    if (model.isOver) {
      expect(decision).to.include({ kind: 'give-up', why: 'group-stopping' });
    } else if (isFirstStart && decision.kind === 'give-up') {
      model.isOver = true;
    } else if (counted(model, bench.clock.now())) {
      expect(decision.kind).to.equal('restart');
    } else {
      expect(decision).to.include({ kind: 'give-up', why: 'retries-exhausted' });
      model.isOver = true;
    }
  };

const answer = (bench: GroupBench, leaf: number, model: Model): void => {
  const { phase, hasRun, error, wasAsked, isCalled } = bench.at(leaf);
  // A life that never ran has failed: for a plain group one more end, or that of the start. Where it was
  // to stop anyway, nobody minds.
  const isLost = phase === 'ending' && !hasRun && error !== undefined && !wasAsked && !isCalled;
  if (isLost && isPlain(model.spec) && !model.isOver) {
    const isFirst = bench.start === undefined;
    if (isFirst || !counted(model, bench.clock.now())) model.isOver = true;
    if (model.isOver) bench.isEnding = true;
  }
  bench.answer(leaf);
};

const leaves = fc.nat(11);
const commands = [
  leaves.map((leaf) => command('answer', leaf, answer)),
  leaves.map((leaf) => command('answer', leaf, answer)),
  leaves.map((leaf) => command('crash', leaf, end(true))),
  leaves.map((leaf) => command('complete', leaf, end(false))),
  leaves.map((leaf) =>
    command('stop by caller', leaf, (bench, which) => void bench.stopByCaller(which)),
  ),
  fc
    .constantFrom(1, 100, 400, PERIOD_MS)
    .map((ms) => command('advance', ms, ({ clock }) => clock.advance(ms))),
  leaves.map((leaf) =>
    command('stop the group', leaf, (bench, _, model) => {
      // Rarely: what happens before is what this is about.
      if (leaf !== 0) return;
      bench.stop();
      model.isOver = true;
    }),
  ),
];

const runs = { numRuns: RUNS.numRuns * 4 };

describe('a group of members that do as they like', () => {
  it('W6 · keeps its order and its intensity, and comes to rest, whatever happens when', async () => {
    const sequences = fc.commands(commands, { maxCommands: 80, size: 'max' });
    const seen = { ordered: 0, ran: 0, ended: 0, fallen: 0 };
    await fc.assert(
      fc.asyncProperty(plainGroups, sequences, async (spec, sequence) => {
        const bench = new GroupBench(spec);
        bench.begin();
        await fc.asyncModelRun(
          () => ({ model: { spec, times: [], isOver: false }, real: bench }),
          sequence as unknown as Iterable<fc.AsyncCommand<Model, GroupBench>>,
        );
        bench.settle();
        await settled();
        const isOver = bench.ends === 1;
        for (const { phase } of bench.members) {
          expect(phase).to.be.oneOf(isOver ? ['none'] : ['none', 'up']);
        }
        expect(bench.start, 'the start is told of').to.not.equal(undefined);
        if (bench.start !== 'ran') expect(isOver).to.equal(true);
        seen.ordered += bench.isOrdered ? 1 : 0;
        seen.ran += isOver ? 0 : 1;
        seen.ended += isOver ? 1 : 0;
        seen.fallen += bench.fallen.length;
        bench.stop();
        bench.settle();
        await settled();
        expect([bench.ends, bench.hasStopped, bench.clock.pending]).to.deep.equal([1, true, 0]);
      }),
      runs,
    );
    for (const [what, count] of Object.entries(seen)) expect(count, what).to.be.above(0);
  });
});
