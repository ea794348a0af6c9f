import { expect } from 'chai';
import type { EventFromLogic } from 'xstate';
import { getShortestPaths, getSimplePaths } from 'xstate/graph';
import { INSTANCE_STATUSES, NEXT_STATUSES } from '../../lib/core/lifecycle.ts';
import { instanceMachine } from '../../lib/machines/instance-machine.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { EXIT_ONE, EXIT_ZERO, FakeLives, TRAP } from './fake-lives.ts';
import {
  BACKOFF_MS,
  dependenciesOf,
  GRACE_MS,
  type InstanceBench,
  type InstanceMachine,
  type InstanceSnapshot,
  policyOf,
  startInstance,
  statusOf,
} from './instance-bench.ts';
import { PlainInstance } from './plain-instance.ts';

type Event = EventFromLogic<InstanceMachine>;

/**
 * The graph has one state for many numbers of lives; a report of an earlier life has this number in it
 * and gets its real one when it is performed.
 */
const LATE = -1;

const POLICIES = [policyOf('never'), policyOf('always', 1), policyOf('on-failure', 2)];

/** What tells states apart for the search; numbers of lives would make it endless. */
function keyOf({ value, context, status }: InstanceSnapshot): string {
  const { livesRun, history, isRestartAsked } = context;
  return JSON.stringify([value, status, livesRun > 0, history.length, isRestartAsked]);
}

const eventsAt = ({ context: { life } }: InstanceSnapshot): Event[] => [
  { type: 'life.ready', life },
  { type: 'life.ready', life: LATE },
  { type: 'life.drained', life },
  { type: 'life.drained', life: LATE },
  { type: 'life.ended', life, end: TRAP },
  { type: 'life.ended', life, end: EXIT_ZERO },
  { type: 'life.ended', life, end: EXIT_ONE },
  { type: 'life.ended', life: LATE, end: TRAP },
  { type: 'instance.stop' },
  { type: 'instance.stop', graceMs: 7 },
  { type: 'instance.restart' },
];

function traversal(
  policy: (typeof POLICIES)[number],
): Parameters<typeof getShortestPaths<InstanceMachine>>[1] {
  return {
    input: {
      restartPolicy: policy,
      stopGraceMs: GRACE_MS,
      dependencies: dependenciesOf(new SimulatedClock(), new FakeLives()),
    },
    serializeState: (snapshot) => keyOf(snapshot),
    events: eventsAt,
    filterEvents: (_, { type }) => !/^xstate\.(error|done|init|stop)/.test(type),
    stopWhen: ({ status }) => status !== 'active',
    limit: 20_000,
  };
}

/** One step of a path, done to the real machine from outside, and to the model. */
function perform(bench: InstanceBench, model: PlainInstance, event: Event): void {
  const { clock, lives, actor } = bench;
  const type: string = event.type;
  if (type.startsWith('xstate.after.')) {
    clock.advance(Math.max(0, (model.dueMs ?? clock.now()) - clock.now()));
    model.passTime(clock.now());
    return;
  }
  // Reports of earlier lives come past the callback actor too, which would swallow them.
  if ('life' in event && event.life === LATE) {
    actor.send({ ...event, life: lives.last.life - 1 });
  } else if (event.type === 'life.ready') {
    lives.ready();
    model.ready();
  } else if (event.type === 'life.drained') {
    lives.drained();
    model.drained();
  } else if (event.type === 'life.ended') {
    lives.end(event.end);
    model.end(event.end.exit, clock.now());
  } else {
    actor.send(event);
    if (event.type === 'instance.stop') model.stop(clock.now(), event.graceMs);
    else model.restart(clock.now());
  }
}

function compare(
  { actor, lives, facts, clock, statuses }: InstanceBench,
  model: PlainInstance,
): void {
  const snapshot = actor.getSnapshot();
  expect(statusOf(snapshot)).to.equal(model.status);
  expect(statuses.at(-1), 'what subscribers heard last').to.equal(model.status);
  expect(facts.map(({ fact }) => fact)).to.deep.equal(model.facts);
  expect(lives.alive.length, 'a life exactly while up').to.equal(model.isUp ? 1 : 0);
  expect(lives.all.length, 'lives begun').to.equal(model.life);
  expect(snapshot.context.life).to.equal(model.life);
  const timers = model.dueMs === undefined ? 0 : 1;
  expect(clock.pending, 'timers').to.equal(timers);
  expect(snapshot.status === 'done').to.equal(model.isOver);
  expect(snapshot.output?.outcome).to.equal(model.isOver ? model.phase : undefined);
}

function run(
  policy: (typeof POLICIES)[number],
  steps: readonly { readonly event: Event; readonly state: InstanceSnapshot }[],
): void {
  const bench = startInstance(policy);
  const model = new PlainInstance(policy, GRACE_MS);
  compare(bench, model);
  for (const { event, state } of steps.slice(1)) {
    perform(bench, model, event);
    compare(bench, model);
    expect(keyOf(bench.actor.getSnapshot()), 'as the graph has it').to.equal(keyOf(state));
  }
  bench.statuses.forEach((status, index) => {
    const next = bench.statuses[index + 1];
    if (next !== undefined) expect(NEXT_STATUSES[status], status).to.include(next);
  });
  bench.actor.stop();
  expect(bench.lives.alive, 'no life outlives its machine').to.have.length(0);
  expect(bench.clock.pending, 'no timer outlives its machine').to.equal(0);
}

describe('the lifecycle of an instance, on every path through its graph', function () {
  this.timeout(60_000);

  for (const policy of POLICIES) {
    const { policyType } = policy;

    it(`P13 · follows the plain model on each shortest path (${policyType})`, () => {
      const paths = getShortestPaths(instanceMachine, traversal(policy));
      const reached = new Set(paths.map(({ state }) => statusOf(state)));
      expect([...reached]).to.have.members(INSTANCE_STATUSES);
      expect(paths.length).to.be.at.least(policyType === 'never' ? 8 : 15);
      for (const { steps } of paths) run(policy, steps);
    });

    it(`P13 · follows the plain model after each event on each shortest path (${policyType})`, () => {
      const paths = getShortestPaths(instanceMachine, traversal(policy));
      let count = 0;
      for (const { steps, state } of paths) {
        if (state.status !== 'active') continue;
        for (const event of eventsAt(state)) {
          const bench = startInstance(policy);
          const model = new PlainInstance(policy, GRACE_MS);
          for (const step of steps.slice(1)) perform(bench, model, step.event);
          perform(bench, model, event);
          compare(bench, model);
          count += 1;
        }
      }
      expect(count).to.be.at.least(40);
    });
  }

  it('P13 · follows the plain model on each simple path (never)', () => {
    const [policy = policyOf('never')] = POLICIES;
    const paths = getSimplePaths(instanceMachine, traversal(policy));
    expect(paths.length).to.be.at.least(8);
    for (const { steps } of paths) run(policy, steps);
  });

  it('P13 · follows the plain model on each simple path (on-failure, one retry)', () => {
    const policy = policyOf('on-failure', 1);
    const paths = getSimplePaths(instanceMachine, traversal(policy));
    expect(paths.length).to.be.at.least(20);
    for (const { steps } of paths) run(policy, steps);
  });

  it('P9 · leaves out no status that the table of legal changes knows', () => {
    for (const status of INSTANCE_STATUSES) {
      for (const next of NEXT_STATUSES[status]) expect(INSTANCE_STATUSES).to.include(next);
    }
    expect(BACKOFF_MS).to.be.below(GRACE_MS);
  });
});
