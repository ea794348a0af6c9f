import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { PROPERTY_TIMEOUT_MS, pause, THREAD_RUNS } from '../e2e/fixtures.ts';
import { activeResources } from '../leaks/active-resources.ts';
import { anyAction, burst, firstStarts, IDS, isPromised, wear } from './action-arbitraries.ts';
import type { Action } from './plain-action.ts';
import { PlainWorld } from './plain-world.ts';
import { worldsAfter } from './possible-worlds.ts';
import { observe, perform } from './real-supervisor.ts';

/** Far above what a busy machine needs to come to rest. */
const REST_DEADLINE_MS = 15_000;

interface Model {
  /** One world, or several that cannot be told apart by what has been seen. */
  worlds: readonly PlainWorld[];
}

type Command = fc.AsyncCommand<Model, Supervisor>;

/** Makes requests at once; what they come to has to be what one of the possible worlds says. */
async function askTogether(
  model: Model,
  supervisor: Supervisor,
  actions: readonly Action[],
): Promise<void> {
  const possible = model.worlds.flatMap((world) => worldsAfter(world, actions));
  if (actions.length === 1) expect(possible).to.have.length(model.worlds.length);
  const outcomes = await Promise.all(actions.map((action) => perform(supervisor, action)));
  const told = possible.filter((world) => isDeepStrictEqual(world.outcomes, outcomes));
  if (told.length === 0) {
    expect(possible.map((world) => world.outcomes)).to.deep.include(outcomes);
  }
  model.worlds = await worldsSeen(supervisor, told);
}

/** Groups of requests, one group after another, the requests of each at once. */
function command(...groups: readonly (readonly Action[])[]): Command {
  return {
    check: () => true,
    async run(model, supervisor) {
      for (const actions of groups) await askTogether(model, supervisor, actions);
    },
    toString: () => JSON.stringify(groups),
  };
}

/** Those of some worlds that look like the real one once it has come to rest. */
async function worldsSeen(
  supervisor: Supervisor,
  worlds: readonly PlainWorld[],
): Promise<readonly PlainWorld[]> {
  const deadlineMs = Date.now() + REST_DEADLINE_MS;
  for (;;) {
    const view = await observe(supervisor, IDS);
    const seen = worlds.filter((world) => isDeepStrictEqual(world.view(), view));
    if (seen.length > 0) return seen;
    if (Date.now() > deadlineMs) {
      expect(view).to.deep.equal(worlds[0]?.view());
      expect.fail('it differs in the kinds of its objects');
    }
    await pause(2);
  }
}

const commands = [
  anyAction.map((one) => command([one])),
  anyAction.map((one) => command([one])),
  fc
    .tuple(anyAction, anyAction)
    .filter(isPromised)
    .map((both) => command(both)),
  burst.map((calls) => command(calls)),
  wear.map((calls) => command(...calls.map((each) => [each]))),
];

describe('a supervisor with real threads against a plain model', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('P2 P5 P6 P8 P13 P19 W2 W4 W5 · is what the model predicts, whatever is asked of it at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        firstStarts,
        fc.commands(commands, { maxCommands: 20, size: 'max' }),
        fc.constantFrom('close' as const, 'destroy' as const),
        async (first, sequence, end) => {
          const before = activeResources();
          const supervisor = await createSupervisor({ warmSpares: 0 });
          try {
            const model: Model = { worlds: [new PlainWorld()] };
            await askTogether(model, supervisor, first);
            await fc.asyncModelRun(() => ({ model, real: supervisor }), sequence);
            const { facts } = await supervisor.stats();
            const seqs = (await supervisor.executionEvents()).map(({ seq }) => seq);
            expect(seqs).to.deep.equal(Array.from({ length: facts.lastSeq }, (_, at) => at + 1));
          } finally {
            await supervisor[end]();
          }
          const { threads, calls, instances } = await supervisor.stats();
          expect(threads).to.deep.equal({ total: 0, spares: 0, waiting: 0, compile: 0 });
          expect([calls.waiting, ...Object.values(instances)]).to.deep.equal([0, 0, 0, 0, 0, 0]);
          await pause(5);
          expect(activeResources()).to.deep.equal(before);
        },
      ),
      { numRuns: Math.ceil(THREAD_RUNS / 7) },
    );
  });
});
