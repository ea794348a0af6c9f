import { expect } from 'chai';
import * as fc from 'fast-check';
import { PHASE, SLOT, stateOf } from '../../lib/protocol/capability-slot.ts';
import { CapabilityLink } from '../../lib/threads/capability-link.ts';
import { RUNS } from '../core/property-runs.ts';
import { type Answer, HandDrivenGuest } from '../serving/hand-driven-guest.ts';

/** What the host does once the server can answer nothing any more. */
const HOST = ['host closes', 'host settles'] as const;
/** One call of the guest, step by step: it looks whether the channel is closed after it has written. */
const GUEST = ['guest writes', 'guest looks'] as const;
/** What the server may still have done before it was lost. */
const SERVER = ['server claims'] as const;

type Step = (typeof HOST)[number] | (typeof GUEST)[number] | (typeof SERVER)[number];

/** Every order of the steps of all three, each in its own order. */
function orders(...rows: readonly (readonly Step[])[]): Step[][] {
  const left = rows.filter((row) => row.length > 0);
  if (left.length === 0) return [[]];
  return left.flatMap((row) =>
    orders(...left.map((each) => (each === row ? each.slice(1) : each))).map((rest) => [
      row[0]!,
      ...rest,
    ]),
  );
}

/** What the guest's call comes to: an answer, not begun at all, or left waiting for ever. */
type Outcome = Answer | 'not served' | 'waits';

class Interleaving {
  readonly link = new CapabilityLink(1_000);
  readonly guest = new HandDrivenGuest(this.link.guestEnd);
  readonly #wasBegun: boolean;
  #outcome: Outcome | undefined;

  constructor(wasBegun: boolean) {
    this.#wasBegun = wasBegun;
  }

  step(step: Step): void {
    const { guest, link } = this;
    if (step === 'host closes') link.close();
    else if (step === 'host settles') link.settle(this.#wasBegun);
    else if (step === 'guest writes') guest.write();
    else if (step === 'guest looks') {
      if (guest.isClosed && guest.withdraw()) this.#outcome = 'not served';
    } else {
      const requested = stateOf(guest.sequence, PHASE.requested);
      const answering = stateOf(guest.sequence, PHASE.answering);
      Atomics.compareExchange(guest.slot.header, SLOT.state, requested, answering);
    }
  }

  get outcome(): Outcome {
    return this.#outcome ?? (this.guest.isAnswered ? this.guest.answer() : 'waits');
  }

  end(): void {
    this.link.guestEnd.port.close();
    this.link.servingEnd.port.close();
  }
}

const LOST: Answer = { failure: 'STORAGE_ERROR', message: 'the provider was lost' };

describe('a link whose server can answer no more', () => {
  for (const wasBegun of [true, false]) {
    const what = wasBegun ? 'may have been begun' : 'was not begun';
    it(`P20 · lets no guest wait, whatever happens first, where what it asked ${what}`, () => {
      const seen = new Set<string>();
      for (const order of orders(HOST, GUEST, SERVER)) {
        const run = new Interleaving(wasBegun);
        for (const step of order) run.step(step);
        const { outcome } = run;
        run.end();
        const isClaimedLate =
          order.indexOf('server claims') > order.indexOf('host settles') &&
          order.indexOf('server claims') > order.indexOf('guest writes');
        // A server that is lost has claimed before the host settles; the other orders cannot be.
        if (isClaimedLate) continue;
        expect(outcome, order.join(', ')).to.not.equal('waits');
        if (outcome !== 'not served') {
          expect(outcome, order.join(', ')).to.deep.equal(wasBegun ? LOST : 'moved');
        }
        seen.add(JSON.stringify(outcome));
      }
      expect(seen.size, 'both ways of not being served happen').to.equal(2);
    });
  }

  it('P10 · answers no call but the one that it finds, in any order of asking and giving up', () => {
    const steps = fc.array(
      fc.constantFrom('write', 'withdraw', 'claim', 'answer', 'settle', 'close'),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(steps, fc.boolean(), (sequence, wasBegun) => {
        const run = new Interleaving(wasBegun);
        const { guest, link } = run;
        const { header } = guest.slot;
        const move = (from: number, to: number): void => {
          Atomics.compareExchange(
            header,
            SLOT.state,
            stateOf(guest.sequence, from),
            stateOf(guest.sequence, to),
          );
        };
        for (const step of sequence) {
          const before = guest.state;
          const phase = before & 3;
          if (step === 'write') guest.write();
          else if (step === 'withdraw') guest.withdraw();
          else if (step === 'claim') move(PHASE.requested, PHASE.answering);
          else if (step === 'answer') move(PHASE.answering, PHASE.answered);
          else if (step === 'close') link.close();
          else {
            link.settle(wasBegun);
            const wasOpen = phase === PHASE.requested || phase === PHASE.answering;
            const expected = wasOpen ? stateOf(guest.sequence, PHASE.answered) : before;
            expect(guest.state).to.equal(expected);
            if (wasOpen) expect(guest.answer()).to.deep.equal(wasBegun ? LOST : 'moved');
          }
          if (step === 'close') expect(guest.state, 'left to its server').to.equal(before);
          if (step === 'close' || step === 'settle') expect(guest.isClosed).to.equal(true);
        }
        run.end();
      }),
      RUNS,
    );
  });

  it('wakes a guest that waits for its answer, and one that waits for its routes', async () => {
    const { link, guest, end } = boundInterleaving();
    guest.write();
    const answer = Atomics.waitAsync(guest.slot.header, SLOT.state, guest.state, 10_000);
    link.settle(true);
    expect(await answer.value).to.equal('ok');
    const change = Atomics.waitAsync(guest.slot.header, SLOT.routes, 0, 10_000);
    link.noteRouteChange();
    expect(await change.value).to.equal('ok');
    link.noteRouteChange();
    expect(Atomics.load(guest.slot.header, SLOT.routes)).to.equal(2);
    end();
  });
});

function boundInterleaving(): {
  readonly link: CapabilityLink;
  readonly guest: HandDrivenGuest;
  readonly end: () => void;
} {
  const run = new Interleaving(true);
  return { link: run.link, guest: run.guest, end: () => run.end() };
}
