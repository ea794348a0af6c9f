import { expect } from 'chai';
import * as fc from 'fast-check';
import { CallerSession, callContext } from '../../lib/serving/caller-session.ts';
import { EndSignal } from '../../lib/serving/end-signal.ts';
import { Grant } from '../../lib/serving/grant.ts';
import { RUNS } from '../core/property-runs.ts';
import { SimulatedClock } from '../simulated-clock.ts';

const clock = new SimulatedClock();

function newGrant(capabilityId = 'c'): Grant {
  const assignment = {
    capabilityId,
    providerType: 'kv',
    permissions: ['kv:read:a*'],
    config: { option: 1 },
  };
  return new Grant('i', assignment, clock);
}

/** Counts those who listen to the end of a grant, and how often somebody has left. */
function listenersOf(grant: Grant): { readonly count: () => number; readonly left: () => number } {
  const { ending } = grant;
  const listen = ending.listen.bind(ending);
  let count = 0;
  let left = 0;
  ending.listen = (listener) => {
    count += 1;
    let isThere = true;
    const leaveOnce = (): void => {
      if (isThere) count -= 1;
      isThere = false;
    };
    const leave = listen(() => {
      leaveOnce();
      listener();
    });
    return () => {
      left += 1;
      leaveOnce();
      leave();
    };
  };
  return { count: () => count, left: () => left };
}

describe('what an operation is told of its caller', () => {
  it('P19 · names the instance, the assignment and its options, and cannot be changed', () => {
    const context = new CallerSession('i').contextOf(newGrant());
    expect(context).to.deep.include({
      instanceId: 'i',
      capabilityId: 'c',
      config: { option: 1 },
    });
    expect(Object.isFrozen(context)).to.equal(true);
  });

  it('P4 · tells what the grant allows at that moment', async () => {
    const grant = newGrant();
    const { allows } = new CallerSession('i').contextOf(grant);
    expect(allows({ action: 'kv:read', scope: 'ab' })).to.equal(true);
    expect(allows({ action: 'kv:read', scope: 'b' })).to.equal(false);
    await grant.revoke();
    expect(allows({ action: 'kv:read', scope: 'ab' })).to.equal(false);
  });

  it('is the same object for each call of one life by one grant, and another for any other', () => {
    const grant = newGrant();
    const session = new CallerSession('i');
    const context = session.contextOf(grant);
    expect(session.contextOf(grant)).to.equal(context);
    expect(session.contextOf(newGrant())).to.not.equal(context);
    expect(new CallerSession('i').contextOf(grant)).to.not.equal(context);
  });

  it('W1 · tells each listener the end once, by whichever of both comes first', async () => {
    const steps = 6;
    const end = fc.constantFrom('grant' as const, 'life' as const, undefined, undefined);
    const ends = fc.array(end, { minLength: steps, maxLength: steps });
    const place = fc.nat(steps - 1);
    const listeners = fc.array(fc.record({ comesAt: place, leavesAt: place }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(ends, listeners, async (sequence, wanted) => {
        const grant = newGrant();
        const session = new CallerSession('i');
        const context = session.contextOf(grant);
        const told = wanted.map(() => 0);
        const leaves: ((() => void) | undefined)[] = [];
        for (const [step, what] of sequence.entries()) {
          for (const [index, { comesAt, leavesAt }] of wanted.entries()) {
            if (step === comesAt) leaves[index] = context.onEnd(() => (told[index]! += 1));
            if (step === leavesAt) leaves[index]?.();
          }
          if (what === 'grant') await grant.revoke();
          else if (what === 'life') session.end();
        }
        const endsAt = sequence.findIndex((each) => each !== undefined);
        for (const [index, { comesAt, leavesAt }] of wanted.entries()) {
          const hasLeft = comesAt <= leavesAt && leavesAt <= endsAt;
          expect(told[index]).to.equal(endsAt >= 0 && !hasLeft ? 1 : 0);
        }
      }),
      RUNS,
    );
  });

  it('goes on telling others where a listener throws', async () => {
    const grant = newGrant();
    const session = new CallerSession('i');
    const { onEnd } = session.contextOf(grant);
    const told: string[] = [];
    onEnd(() => {
      throw new Error('untidy');
    });
    onEnd(() => told.push('second'));
    await grant.revoke();
    onEnd(() => {
      throw new Error('untidy');
    });
    expect(told).to.deep.equal(['second']);
  });

  it('lets a listener leave or come while the end is told', async () => {
    const grant = newGrant();
    const { onEnd } = new CallerSession('i').contextOf(grant);
    const told: string[] = [];
    const leave = onEnd(() => {
      told.push('first');
      leave();
      onEnd(() => told.push('late'));
    });
    await grant.revoke();
    expect(told).to.deep.equal(['first', 'late']);
  });

  it('W5 · leaves no listener at a grant once the life is over, nor one that has been told', () => {
    const grant = newGrant();
    const { count } = listenersOf(grant);
    for (let life = 0; life < 10; life++) {
      const session = new CallerSession('i');
      const context = session.contextOf(grant);
      session.contextOf(grant);
      context.onEnd(() => undefined);
      context.onEnd(() => undefined)();
      expect(count(), 'the session and one listener').to.equal(2);
      session.end();
      session.end();
      expect(count()).to.equal(0);
      session.contextOf(grant).onEnd(() => undefined);
      expect(count(), 'of a life that is over').to.equal(0);
    }
  });

  it('W5 · keeps nothing of grants that have ended, however many a life has seen', async () => {
    const session = new CallerSession('i');
    const lefts: (() => number)[] = [];
    for (let n = 0; n < 50; n++) {
      const grant = newGrant();
      const { count, left } = listenersOf(grant);
      lefts.push(left);
      const context = session.contextOf(grant);
      expect(count()).to.equal(1);
      await grant.revoke();
      expect(count()).to.equal(0);
      expect(session.contextOf(grant), 'is made anew').to.not.equal(context);
      expect(count(), 'of a grant that is over').to.equal(0);
    }
    session.end();
    expect(
      lefts.map((left) => left()),
      'nothing was kept to leave them by',
    ).to.deep.equal(lefts.map(() => 0));
  });

  it('tells of an assignment without a life until the grant ends', async () => {
    const grant = newGrant();
    const life = new EndSignal();
    let told = 0;
    callContext(grant).onEnd(() => (told += 1));
    life.end();
    expect(told).to.equal(0);
    await grant.revoke();
    expect(told).to.equal(1);
  });
});
