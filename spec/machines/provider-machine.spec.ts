import { expect } from 'chai';
import * as fc from 'fast-check';
import { type Actor, createActor } from 'xstate';
import { machineClock } from '../../lib/actors/machine-clock.ts';
import { type ResolvedRestartPolicy, resolveRestartPolicy } from '../../lib/core/restart-policy.ts';
import {
  type BeginProviderLife,
  type ProviderFact,
  type ProviderLifeReport,
  providerMachine,
} from '../../lib/machines/provider-machine.ts';
import { RUNS } from '../core/property-runs.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import {
  BACKOFF,
  DRAIN_MS,
  PlainProvider,
  type PlainState,
  type ProviderStep,
} from './plain-provider.ts';

const policyOf = (
  policyType: ResolvedRestartPolicy['policyType'],
  maxRetries = 2,
  periodMs = 1_000,
): ResolvedRestartPolicy =>
  policyType === 'never'
    ? { policyType }
    : resolveRestartPolicy({ policyType, maxRetries, periodMs, backoff: BACKOFF });

/** A machine with lives that do nothing by themselves. */
class MachineBench {
  readonly clock = new SimulatedClock();
  readonly actor: Actor<typeof providerMachine>;
  readonly facts: string[] = [];
  /** Lives that have begun and not been ended, by number. */
  readonly alive = new Set<number>();
  begun = 0;
  #report: (report: ProviderLifeReport) => void = () => undefined;

  constructor(restartPolicy: ResolvedRestartPolicy, begin?: BeginProviderLife) {
    const beginLife: BeginProviderLife = (life, report) => {
      this.begun += 1;
      this.alive.add(life);
      this.#report = report;
      const end = begin?.(life, report);
      return () => {
        if (!this.alive.delete(life)) this.facts.push(`life ${life} was ended twice`);
        end?.();
      };
    };
    const { clock } = this;
    const random = (): number => 0.5;
    this.actor = createActor(providerMachine, {
      clock: machineClock(clock),
      input: { restartPolicy, dependencies: { clock, random, beginLife } },
    });
    this.actor.on('fact', (fact) => this.facts.push(plainFact(fact)));
    this.actor.start();
  }

  get state(): PlainState {
    const { value } = this.actor.getSnapshot();
    return (typeof value === 'string' ? value : value.up) as PlainState;
  }

  get life(): number {
    return this.actor.getSnapshot().context.life;
  }

  take(step: ProviderStep): void {
    if (step.kind === 'advance') this.clock.advance(step.ms);
    else if (step.kind === 'stop') this.actor.send({ type: 'provider.stop' });
    else if (step.kind === 'drained') this.actor.send({ type: 'provider.drained' });
    else if (step.kind === 'opened')
      this.#tell({ type: 'life.opened', life: this.life - step.ago });
    else this.#tell({ type: 'life.ended', life: this.life - step.ago, message: 'lost' });
  }

  /** Reports as a life does, even one that is over. */
  #tell(report: ProviderLifeReport): void {
    this.#report(report);
    // A life that is over has no way to the machine any more; whoever sends directly has.
    this.actor.send(report);
  }
}

function plainFact({ fact, details }: ProviderFact): string {
  if (fact === 'provider_started') {
    const { restarts } = details;
    return restarts === undefined ? 'started' : `started after ${Number(restarts)} restarts`;
  }
  if (fact !== 'provider_crashed' || details['message'] !== 'lost') return fact;
  if (details['willRestart'] === false) return 'crashed for good';
  return `crashed, again in ${Number(details['delayMs'])} ms`;
}

const steps: fc.Arbitrary<readonly ProviderStep[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('opened' as const, 'opened' as const, 'ended' as const),
        ago: fc.constantFrom(0, 0, 0, 1, 2),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('stop' as const, 'drained' as const) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('advance' as const),
        ms: fc.constantFrom(1, 99, 100, 200, 300, 700, 1_000, DRAIN_MS - 1, DRAIN_MS),
      }),
    },
  ),
  { maxLength: 40 },
);

const policies = fc
  .tuple(
    fc.constantFrom('never' as const, 'always' as const, 'on-failure' as const),
    fc.nat(3),
    fc.constantFrom(500, 1_000),
  )
  .map((parts) => policyOf(...parts));

describe('the lifecycle of a provider', () => {
  it('P8 · follows its plain model through any reports, stops and times; P20 · with one life at most', () => {
    fc.assert(
      fc.property(policies, steps, (policy, sequence) => {
        const bench = new MachineBench(policy);
        const model = new PlainProvider(policy);
        for (const step of sequence) {
          bench.take(step);
          model.take(step);
          expect(bench.state).to.equal(model.state);
          expect(bench.life).to.equal(model.life);
          expect(bench.begun).to.equal(model.life);
          expect([...bench.alive]).to.deep.equal(model.isUp ? [model.life] : []);
          expect(bench.facts).to.deep.equal(model.facts);
          expect(bench.clock.pending, 'timers').to.equal(model.timers);
        }
        const isOver = model.state === 'stopped' || model.state === 'crashed';
        expect(bench.actor.getSnapshot().status).to.equal(isOver ? 'done' : 'active');
      }),
      RUNS,
    );
  });

  const opened: ProviderStep = { kind: 'opened', ago: 0 };
  const ended: ProviderStep = { kind: 'ended', ago: 0 };
  const stop: ProviderStep = { kind: 'stop' };
  const waysTo: readonly (readonly [PlainState, readonly ProviderStep[], PlainState])[] = [
    ['starting', [], 'stopped'],
    ['ready', [opened], 'draining'],
    ['draining', [opened, stop], 'draining'],
    ['backoff', [opened, ended], 'stopped'],
    ['starting', [opened, ended, { kind: 'advance', ms: 100 }], 'stopped'],
    ['stopped', [stop], 'stopped'],
    ['crashed', [ended], 'crashed'],
  ];
  for (const [state, way, then] of waysTo) {
    const times = way.includes(ended) && state === 'starting' ? ' again' : '';
    it(`P20 · is ${then} when it is stopped while ${state}${times}, and over for good`, () => {
      const bench = new MachineBench(policyOf('always'));
      for (const step of way) bench.take(step);
      expect(bench.state).to.equal(state);
      bench.take(stop);
      expect(bench.state).to.equal(then);
      bench.take({ kind: 'drained' });
      bench.take(opened);
      bench.take(ended);
      bench.clock.advance(1_000_000);
      expect(bench.state).to.equal(then === 'crashed' ? 'crashed' : 'stopped');
      expect(bench.clock.pending).to.equal(0);
      expect([...bench.alive]).to.deep.equal([]);
    });
  }

  it('P8 · counts only the restarts of the last period, and gives up beyond them', () => {
    const bench = new MachineBench(policyOf('on-failure', 2, 1_000));
    const crash = (): void => {
      bench.take(opened);
      bench.take(ended);
    };
    crash();
    bench.clock.advance(100 + 700);
    crash();
    bench.clock.advance(200);
    crash();
    expect(bench.state, 'the first restart is a period ago').to.equal('backoff');
    bench.clock.advance(200);
    crash();
    expect(bench.state).to.equal('crashed');
    expect(bench.facts.filter((each) => each.startsWith('crashed'))).to.deep.equal([
      'crashed, again in 100 ms',
      'crashed, again in 200 ms',
      'crashed, again in 200 ms',
      'crashed for good',
    ]);
  });

  it('P8 · counts lives that could not open like any other once one has run', () => {
    const bench = new MachineBench(policyOf('on-failure', 3));
    bench.take(opened);
    bench.take(ended);
    bench.clock.advance(100);
    bench.take(ended);
    bench.clock.advance(200);
    bench.take(opened);
    expect(bench.facts).to.deep.equal([
      'started',
      'crashed, again in 100 ms',
      'crashed, again in 200 ms',
      'started after 2 restarts',
    ]);
  });

  it('takes a life that cannot even begin for one that has ended', () => {
    const begin: BeginProviderLife = (life) => {
      if (life !== 2) return () => undefined;
      throw new Error('lost');
    };
    const bench = new MachineBench(policyOf('on-failure'), begin);
    bench.take(opened);
    bench.take(ended);
    bench.clock.advance(100);
    expect(bench.state).to.equal('backoff');
    bench.clock.advance(200);
    bench.take(opened);
    expect(bench.state).to.equal('ready');
    expect(bench.life).to.equal(3);
  });

  it('P20 · keeps why its last life ended until another one runs', () => {
    const bench = new MachineBench(policyOf('on-failure'));
    const failure = (): unknown => bench.actor.getSnapshot().context.failure;
    bench.take(opened);
    bench.take(ended);
    expect(failure()).to.equal('lost');
    bench.clock.advance(100);
    expect(failure()).to.equal('lost');
    bench.take(opened);
    expect(failure()).to.equal(undefined);
  });
});
