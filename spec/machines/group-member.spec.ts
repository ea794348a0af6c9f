import { expect } from 'chai';
import * as fc from 'fast-check';
import type { RestartDecision } from '../../lib/core/restart-policy.ts';
import { RUNS } from '../core/property-runs.ts';
import { EXIT_ZERO, TRAP } from './fake-lives.ts';
import { GRACE_MS, type InstanceBench, policyOf, startInstance } from './instance-bench.ts';

const RESTART: RestartDecision = { kind: 'restart', delayMs: 70, history: [] };
const FORGO: RestartDecision = { kind: 'give-up', why: 'group-stopping', history: [] };

interface MemberBench extends InstanceBench {
  readonly judged: boolean[];
  held: number;
  verdict: RestartDecision;
}

/** A machine whose group answers as the spec says. */
function startMember(): MemberBench {
  const group = { judged: [] as boolean[], held: 0, verdict: RESTART };
  const bench = startInstance(policyOf('never'), (dependencies) => ({
    ...dependencies,
    overseer: {
      judge: (isFailure) => {
        group.judged.push(isFailure);
        return group.verdict;
      },
      onHeld: () => {
        group.held += 1;
      },
    },
  }));
  return Object.assign(group, bench);
}

const typesOf = ({ facts }: InstanceBench): string[] => facts.map(({ fact }) => fact);
const isHeld = ({ actor }: InstanceBench): boolean => actor.getSnapshot().matches('held');

describe('the lifecycle of a member of a group', () => {
  it('W6 · waits for its group after an end, and says what the group has decided', () => {
    const bench = startMember();
    bench.lives.ready();
    bench.lives.end(TRAP);
    expect([isHeld(bench), bench.held, bench.clock.pending]).to.deep.equal([true, 1, 0]);
    expect(bench.judged).to.deep.equal([true]);
    expect(bench.facts.at(-1)?.details).to.include({ willRestart: true, delayMs: 70 });
    const { nextRestartAtMs } = bench.actor.getSnapshot().context;
    expect(nextRestartAtMs).to.equal(bench.clock.now() + 70);
    bench.clock.advance(100_000);
    expect(isHeld(bench), 'no delay of its own').to.equal(true);
    bench.actor.send({ type: 'instance.restart' });
    bench.lives.ready();
    bench.lives.end(EXIT_ZERO);
    expect(bench.judged).to.deep.equal([true, false]);
    expect(typesOf(bench)).to.deep.equal([
      'instance_started',
      'instance_crashed',
      'instance_restarted',
      'instance_stopped',
    ]);
  });

  it('W6 · ends where its group does not want it back', () => {
    const bench = startMember();
    bench.verdict = FORGO;
    bench.lives.ready();
    bench.lives.end(TRAP);
    expect(bench.actor.getSnapshot().output?.outcome).to.equal('failed');
    expect(bench.facts.at(-1)).to.deep.include({ fact: 'instance_failed' });
    expect(bench.facts.at(-1)?.details).to.include({ why: 'group-stopping' });
    expect(bench.held).to.equal(0);
  });

  it('W6 · is brought down to wait: at once while it starts, else when its call has finished', () => {
    const young = startMember();
    young.actor.send({ type: 'instance.hold' });
    expect([isHeld(young), young.lives.alive.length]).to.deep.equal([true, 0]);
    young.actor.send({ type: 'instance.restart' });
    young.lives.ready();
    expect(typesOf(young)).to.deep.equal(['instance_stopped', 'instance_started']);

    const busy = startMember();
    busy.lives.ready();
    busy.actor.send({ type: 'instance.hold', graceMs: 2 * GRACE_MS });
    expect(busy.lives.last.drains).to.equal(1);
    busy.clock.advance(2 * GRACE_MS - 1);
    expect(isHeld(busy)).to.equal(false);
    busy.clock.advance(1);
    expect([isHeld(busy), busy.lives.alive.length, busy.judged]).to.deep.equal([true, 0, []]);
    expect(busy.facts.at(-1)?.details).to.include({ reason: 'killed', willRestart: true });
  });

  it('W6 · is not kept from its end by a group that wants it to wait', () => {
    const bench = startMember();
    bench.lives.ready();
    bench.actor.send({ type: 'instance.stop' });
    bench.actor.send({ type: 'instance.hold' });
    bench.lives.drained();
    expect(bench.actor.getSnapshot().output?.outcome).to.equal('stopped');
    expect(bench.held).to.equal(0);
  });

  it('W6 · waits instead of beginning the life that somebody else has asked for', () => {
    const bench = startMember();
    bench.lives.ready();
    bench.actor.send({ type: 'instance.restart' });
    bench.actor.send({ type: 'instance.hold' });
    bench.lives.drained();
    expect([isHeld(bench), bench.lives.all.length]).to.deep.equal([true, 1]);
  });

  it('W6 · has a life exactly while it is up, and tells once each time that it waits', () => {
    const steps = fc.constantFrom(
      ...(['ready', 'drained', 'trap', 'exit', 'hold', 'restart', 'stop', 'wait'] as const),
    );
    const sequences = fc.array(fc.tuple(steps, fc.nat(9)), { maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(sequences, (sequence) => {
        const bench = startMember();
        let [held, wasHeld] = [0, false];
        for (const [step, chance] of sequence) {
          bench.verdict = chance === 0 ? FORGO : RESTART;
          if (bench.actor.getSnapshot().status !== 'active') break;
          if (step === 'ready') bench.lives.ready();
          else if (step === 'drained') bench.lives.drained();
          else if (step === 'trap') bench.lives.end(TRAP);
          else if (step === 'exit') bench.lives.end(EXIT_ZERO);
          else if (step === 'wait') bench.clock.advance(chance * 100);
          // Rarely, or nothing would come after it.
          else if (step !== 'stop') bench.actor.send({ type: `instance.${step}` });
          else if (chance === 0) bench.actor.send({ type: 'instance.stop' });
          if (isHeld(bench) && !wasHeld) held += 1;
          wasHeld = isHeld(bench);
          const isUp = bench.actor.getSnapshot().matches('up');
          expect(bench.lives.alive).to.have.length(isUp ? 1 : 0);
          expect(bench.held).to.equal(held);
          if (wasHeld) expect(bench.clock.pending).to.equal(0);
        }
      }),
      RUNS,
    );
  });
});
