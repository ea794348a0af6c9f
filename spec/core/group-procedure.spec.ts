import { expect } from 'chai';
import * as fc from 'fast-check';
import { type GroupNode, planGroup } from '../../lib/core/group-plan.ts';
import {
  type MemberPhase,
  type MemberState,
  mergedProcedure,
  nextStep,
  type Procedure,
} from '../../lib/core/group-procedure.ts';
import { resolveGroupSpec } from '../../lib/core/group-spec.ts';
import { RUNS } from './property-runs.ts';

const SIZE = 6;
const instance = { module: new Uint8Array([0]) };
let root: GroupNode;

before(() => {
  const children = Array.from({ length: SIZE }, (_, n) => ({ childId: `c${n}`, instance }));
  ({ root } = planGroup(resolveGroupSpec({ children }), () => 'g'));
});

const leafSets = fc.uniqueArray(fc.nat(SIZE - 1)).map((leaves) => leaves.sort((a, b) => a - b));

const procedures: fc.Arbitrary<Procedure> = fc
  .record({ down: leafSets, up: leafSets, dueMs: fc.nat(100), hasFallen: fc.boolean() })
  .map(({ down, up, dueMs, hasFallen }) => ({
    owner: root,
    isFirst: false,
    stops: [...new Set([...down, ...up])].sort((a, b) => b - a),
    starts: up,
    dueMs,
    fallen: hasFallen ? [root] : [],
  }));

const phases: fc.Arbitrary<MemberPhase[]> = fc.array(
  fc.constantFrom<MemberPhase>('gone', 'held', 'starting', 'up'),
  { minLength: SIZE, maxLength: SIZE },
);

/** Does what a procedure says to members that obey at once; what it did, in words. */
function performed(procedure: Procedure, start: readonly MemberPhase[]): [string[], MemberPhase[]] {
  const states = start.map((phase): MemberState => ({ phase, mode: undefined }));
  const done: string[] = [];
  let [rest, now] = [procedure, 0];
  for (let turn = 0; turn < 100; turn++) {
    const { procedure: next, step } = nextStep(rest, (leaf) => states[leaf] as MemberState, now);
    rest = next;
    if (step.kind === 'done') return [done, states.map(({ phase }) => phase)];
    if (step.kind === 'sleep') {
      done.push('sleep');
      now = step.untilMs;
    } else if (step.kind === 'down') {
      done.push('told');
      rest = { ...rest, fallen: [] };
    } else if (step.kind === 'stop') {
      done.push(`${step.mode} ${step.leaf}`);
      states[step.leaf] = { phase: step.mode === 'hold' ? 'held' : 'gone', mode: undefined };
    } else if (step.kind === 'start') {
      done.push(`start ${step.leaf}`);
      states[step.leaf] = { phase: 'up', mode: undefined };
    } else {
      return expect.fail('nobody is waited for');
    }
  }
  return expect.fail('it never comes to its end');
}

describe('a procedure of a group', () => {
  it('W6 · stops in falling order, tells, waits, and starts in rising order', () => {
    fc.assert(
      fc.property(procedures, phases, (procedure, before) => {
        const [done, after] = performed(procedure, before);
        const { stops, starts, dueMs, fallen } = procedure;
        const isUp = (leaf: number): boolean => !['gone', 'held'].includes(before[leaf] as string);
        const expected = [
          ...stops
            .filter((leaf) => isUp(leaf) || (before[leaf] === 'held' && !starts.includes(leaf)))
            .map((leaf) => `${starts.includes(leaf) ? 'hold' : 'end'} ${leaf}`),
          ...fallen.map(() => 'told'),
          ...(dueMs > 0 && starts.length > 0 ? ['sleep'] : []),
          ...starts.map((leaf) => `start ${leaf}`),
        ];
        expect(done).to.deep.equal(expected);
        for (const leaf of stops) {
          expect(after[leaf]).to.equal(starts.includes(leaf) ? 'up' : 'gone');
        }
      }),
      RUNS,
    );
  });

  it('W6 · waits for one member at a time, and asks again only who is to end after all', () => {
    fc.assert(
      fc.property(procedures, phases, (procedure, before) => {
        const { step } = nextStep(
          procedure,
          (leaf) => ({ phase: before[leaf] as MemberPhase, mode: undefined }),
          0,
        );
        if (step.kind !== 'stop') return;
        for (const mode of ['hold', 'end'] as const) {
          const asked = nextStep(
            procedure,
            (leaf) =>
              leaf === step.leaf
                ? { phase: 'stopping', mode }
                : { phase: before[leaf] as MemberPhase, mode: undefined },
            0,
          );
          const isAgain = mode === 'hold' && step.mode === 'end';
          expect(asked.step).to.deep.equal(isAgain ? step : { kind: 'wait' });
        }
      }),
      RUNS,
    );
  });

  it('W6 · that meets others takes all their members, without those that may not come back', () => {
    fc.assert(
      fc.property(
        procedures,
        fc.array(procedures, { maxLength: 3 }),
        leafSets,
        (decided, touched, dropped) => {
          const merged = mergedProcedure(decided, touched, (leaf) => dropped.includes(leaf));
          const all = [decided, ...touched];
          expect(new Set(merged.stops)).to.deep.equal(new Set(all.flatMap(({ stops }) => stops)));
          const starts = all.flatMap((each) => each.starts);
          expect(merged.starts).to.deep.equal(
            [...new Set(starts)].filter((leaf) => !dropped.includes(leaf)).sort((a, b) => a - b),
          );
          expect(merged.stops).to.deep.equal([...merged.stops].sort((a, b) => b - a));
          expect(merged.dueMs).to.equal(Math.max(...all.map(({ dueMs }) => dueMs)));
          expect(merged.fallen).to.have.length(all.flatMap(({ fallen }) => fallen).length);
        },
      ),
      RUNS,
    );
  });
});
