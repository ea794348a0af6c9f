import { expect } from 'chai';
import * as fc from 'fast-check';
import { NEXT_STATUSES } from '../../lib/core/lifecycle.ts';
import { type ResolvedRestartPolicy, resolveRestartPolicy } from '../../lib/core/restart-policy.ts';
import type { LifeReport } from '../../lib/machines/life-logic.ts';
import { RUNS } from '../core/property-runs.ts';
import { EXIT_ONE, EXIT_ZERO, TRAP } from './fake-lives.ts';
import { BACKOFF_MS, GRACE_MS, policyOf, startInstance, statusOf } from './instance-bench.ts';
import { PlainInstance } from './plain-instance.ts';

type Step =
  | { readonly kind: 'ready' | 'drained' | 'restart' | 'stop' | 'late' }
  | { readonly kind: 'end'; readonly how: 'trap' | 'zero' | 'one' }
  | { readonly kind: 'grace' | 'advance'; readonly ms: number };

const ENDS = { trap: TRAP, zero: EXIT_ZERO, one: EXIT_ONE } as const;

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Step>({ kind: 'ready' }) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('trap' as const, 'zero' as const, 'one' as const)
      .map((how): Step => ({ kind: 'end', how })),
  },
  { weight: 3, arbitrary: fc.nat(300).map((ms): Step => ({ kind: 'advance', ms })) },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'restart' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'stop' }) },
  { weight: 1, arbitrary: fc.nat(300).map((ms): Step => ({ kind: 'grace', ms })) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ kind: 'drained' }, { kind: 'late' }) },
);

const policies: fc.Arbitrary<ResolvedRestartPolicy> = fc
  .record({
    policyType: fc.constantFrom('always' as const, 'on-failure' as const),
    maxRetries: fc.nat(4),
    periodMs: fc.integer({ min: 1, max: 1_000 }),
    backoff: fc.record({ initialMs: fc.nat(100), jitter: fc.constant(0), maxMs: fc.nat(400) }),
  })
  .map((policy) => resolveRestartPolicy(policy));

function perform(
  bench: ReturnType<typeof startInstance>,
  model: PlainInstance,
  action: Step,
): void {
  const { actor, clock, lives } = bench;
  switch (action.kind) {
    case 'ready':
      lives.ready();
      if (lives.last.isAlive) model.ready();
      return;
    case 'drained':
      lives.drained();
      model.drained();
      return;
    case 'end':
      lives.end(ENDS[action.how]);
      model.end(ENDS[action.how].exit, clock.now());
      return;
    case 'late':
      for (const { life, report } of lives.all.slice(0, -1)) {
        report({ type: 'life.ready', life });
        actor.send({ type: 'life.ended', life, end: TRAP });
      }
      return;
    case 'restart':
      actor.send({ type: 'instance.restart' });
      model.restart(clock.now());
      return;
    case 'stop':
      actor.send({ type: 'instance.stop' });
      model.stop(clock.now());
      return;
    case 'grace':
      actor.send({ type: 'instance.stop', graceMs: action.ms });
      model.stop(clock.now(), action.ms);
      return;
    case 'advance':
      // Nothing but the one due wait can happen meanwhile: a new life only waits to be reported on.
      clock.advance(action.ms);
      model.passTime(clock.now());
  }
}

describe('the lifecycle of an instance', () => {
  it('P13 · follows the plain model through any events at any times', () => {
    fc.assert(
      fc.property(policies, fc.array(step, { maxLength: 40 }), (policy, steps) => {
        const bench = startInstance(policy);
        const model = new PlainInstance(policy, GRACE_MS);
        for (const each of steps) {
          perform(bench, model, each);
          const { actor, clock, facts, lives, statuses } = bench;
          expect(statusOf(actor.getSnapshot())).to.equal(model.status);
          expect(statuses.at(-1)).to.equal(model.status);
          expect(facts.map(({ fact }) => fact)).to.deep.equal(model.facts);
          expect(lives.alive.length).to.equal(model.isUp ? 1 : 0);
          expect(lives.all.length).to.equal(model.life);
          expect(clock.pending).to.equal(model.dueMs === undefined ? 0 : 1);
        }
        bench.statuses.forEach((status, index) => {
          const next = bench.statuses[index + 1];
          if (next !== undefined) expect(NEXT_STATUSES[status]).to.include(next);
        });
      }),
      RUNS,
    );
  });

  it('P13 · is not moved by reports of earlier lives, whichever way they come', () => {
    const { actor, clock, facts, lives } = startInstance(policyOf('on-failure'));
    lives.ready();
    const [first] = lives.all;
    lives.end(TRAP);
    clock.advance(BACKOFF_MS);
    lives.ready();
    const before = { snapshot: actor.getSnapshot(), facts: facts.length };
    const late: LifeReport[] = [
      { type: 'life.ready', life: 1 },
      { type: 'life.drained', life: 1 },
      { type: 'life.ended', life: 1, end: TRAP },
    ];
    for (const report of late) {
      first?.report(report);
      actor.send(report);
      actor.send({ ...report, life: 99 });
    }
    expect(actor.getSnapshot().value).to.deep.equal(before.snapshot.value);
    expect(actor.getSnapshot().context).to.deep.equal(before.snapshot.context);
    expect(facts).to.have.length(before.facts);
    expect(lives.alive).to.have.length(1);
  });

  it('P13 · tells of each fact what is known: reason, exit code, delay, number of restarts', () => {
    const { clock, facts, lives } = startInstance(policyOf('on-failure', 1));
    lives.ready();
    lives.end(EXIT_ONE);
    clock.advance(BACKOFF_MS);
    lives.ready();
    lives.end(TRAP);
    expect(facts.map(({ fact, details }) => [fact, details])).to.deep.equal([
      ['instance_started', {}],
      [
        'instance_crashed',
        { reason: 'exited', exitCode: 1, willRestart: true, delayMs: BACKOFF_MS },
      ],
      ['instance_restarted', { restarts: 1 }],
      ['instance_crashed', { reason: 'trap', message: 'unreachable', willRestart: false }],
      ['instance_failed', { why: 'retries-exhausted', reason: 'trap', message: 'unreachable' }],
    ]);
  });

  it('fails when a policy of always has no restart left, however well the guest ended', () => {
    const { actor, facts, lives } = startInstance(policyOf('always', 0));
    lives.ready();
    lives.end(EXIT_ZERO);
    expect(actor.getSnapshot().output).to.deep.equal({ outcome: 'failed' });
    expect(facts.at(-1)).to.deep.include({ fact: 'instance_failed' });
    expect(facts.at(-1)?.details).to.include({ why: 'retries-exhausted' });
  });

  it('does not retry a first start that failed, and tells why', () => {
    const { actor, facts, lives, clock } = startInstance(policyOf('always'));
    lives.end(TRAP);
    expect(actor.getSnapshot().output).to.deep.equal({ outcome: 'start-failed' });
    expect(facts.map(({ fact, details }) => [fact, details])).to.deep.equal([
      [
        'instance_failed',
        {
          why: 'start-failed',
          reason: 'trap',
          message: 'unreachable',
          error_code: 'CRASH_DETECTED',
        },
      ],
    ]);
    expect(clock.pending).to.equal(0);
  });

  it('retries a later start that failed, by the policy', () => {
    const { actor, lives, clock } = startInstance(policyOf('on-failure', 2));
    lives.ready();
    lives.end(TRAP);
    clock.advance(BACKOFF_MS);
    lives.end(TRAP);
    expect(actor.getSnapshot().value).to.equal('backoff');
    clock.advance(BACKOFF_MS);
    lives.ready();
    expect(statusOf(actor.getSnapshot())).to.equal('running');
  });

  it('restarts at once without a delay, but gives others a turn after a life that could not begin', () => {
    const policy = resolveRestartPolicy({
      policyType: 'on-failure',
      backoff: { initialMs: 0, maxMs: 0, jitter: 0 },
    });
    const { actor, lives, clock } = startInstance(policy);
    lives.ready();
    lives.end(TRAP);
    expect(statusOf(actor.getSnapshot())).to.equal('starting');
    expect(clock.pending).to.equal(0);
    lives.end(TRAP);
    expect(actor.getSnapshot().value).to.equal('backoff');
    expect(clock.pending).to.equal(1);
    clock.advance(0);
    expect(statusOf(actor.getSnapshot())).to.equal('starting');
    actor.stop();
  });

  it('lets the running call finish within the grace, then takes the life away', () => {
    const { actor, lives, clock } = startInstance(policyOf('never'));
    lives.ready();
    actor.send({ type: 'instance.stop', graceMs: 50 });
    expect(lives.last.drains).to.equal(1);
    clock.advance(49);
    expect(lives.last).to.include({ isAlive: true, disposals: 0 });
    clock.advance(1);
    expect(lives.last).to.include({ isAlive: false, disposals: 1 });
    expect(actor.getSnapshot().output).to.deep.equal({ outcome: 'stopped' });
  });

  it('can be hurried on: a second stop brings its own grace', () => {
    const { actor, lives, clock } = startInstance(policyOf('never'));
    lives.ready();
    actor.send({ type: 'instance.stop', graceMs: 100_000 });
    actor.send({ type: 'instance.stop', graceMs: 0 });
    clock.advance(0);
    expect(actor.getSnapshot().output).to.deep.equal({ outcome: 'stopped' });
    expect(lives.alive).to.have.length(0);
    expect(clock.pending).to.equal(0);
  });

  it('stops for good when a stop comes while it is stopping for a restart', () => {
    const { actor, lives } = startInstance(policyOf('always'));
    lives.ready();
    actor.send({ type: 'instance.restart' });
    actor.send({ type: 'instance.stop' });
    lives.drained();
    expect(actor.getSnapshot().output).to.deep.equal({ outcome: 'stopped' });
    expect(lives.all).to.have.length(1);
  });

  it('takes reports that come while a life is only beginning', () => {
    const { actor, facts } = startInstance(policyOf('never'), (dependencies) => ({
      ...dependencies,
      beginLife: (life, report) => {
        report({ type: 'life.ready', life });
        return dependencies.beginLife(life, report);
      },
    }));
    expect(statusOf(actor.getSnapshot())).to.equal('running');
    expect(facts.map(({ fact }) => fact)).to.deep.equal(['instance_started']);
  });

  it('counts a life that could not even begin, or be drained, as one that was lost', () => {
    const broken = (): never => {
      throw new Error('no thread');
    };
    const first = startInstance(policyOf('always'), (dependencies) => ({
      ...dependencies,
      beginLife: broken,
    }));
    expect(first.actor.getSnapshot().output).to.deep.equal({ outcome: 'start-failed' });
    expect(first.facts[0]?.details).to.include({ reason: 'lost', message: 'no thread' });

    const second = startInstance(policyOf('never'), (dependencies) => ({
      ...dependencies,
      beginLife: (life, report) => ({ ...dependencies.beginLife(life, report), drain: broken }),
    }));
    second.lives.ready();
    second.actor.send({ type: 'instance.stop' });
    expect(second.actor.getSnapshot().output).to.deep.equal({ outcome: 'stopped' });
    expect(second.actor.getSnapshot().context.lastExit?.reason).to.equal('lost');
    expect(second.lives.last.disposals).to.equal(1);
  });

  it('survives a life that refuses to be disposed of', () => {
    const { actor, lives } = startInstance(policyOf('never'), (dependencies) => ({
      ...dependencies,
      beginLife: (life, report) => ({
        ...dependencies.beginLife(life, report),
        dispose: () => {
          throw new Error('stuck');
        },
      }),
    }));
    lives.ready();
    actor.send({ type: 'instance.stop', graceMs: 5 });
    lives.drained();
    expect(actor.getSnapshot().output).to.deep.equal({ outcome: 'stopped' });
  });
});
