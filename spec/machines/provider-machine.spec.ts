import { expect } from 'chai';
import * as fc from 'fast-check';
import { createActor } from 'xstate';
import { machineClock } from '../../lib/actors/supervision-shard.ts';
import { type ProviderEvent, providerMachine } from '../../lib/machines/provider-machine.ts';
import { RUNS } from '../core/property-runs.ts';
import { SimulatedClock } from '../simulated-clock.ts';

type State = 'starting' | 'ready' | 'draining' | 'stopped' | 'crashed';

const EVENTS: readonly ProviderEvent[] = [
  { type: 'provider.opened' },
  { type: 'provider.failed', message: 'no' },
  { type: 'provider.stop' },
  { type: 'provider.drained' },
];

/** Where each event leads; what is not listed changes nothing. */
const TABLE: Readonly<Record<State, Partial<Record<ProviderEvent['type'], State>>>> = {
  starting: {
    'provider.opened': 'ready',
    'provider.stop': 'stopped',
    'provider.failed': 'crashed',
  },
  ready: { 'provider.stop': 'draining', 'provider.failed': 'crashed' },
  draining: { 'provider.drained': 'stopped', 'provider.failed': 'crashed' },
  stopped: {},
  crashed: {},
};

describe('the lifecycle of a provider', () => {
  it('P20 · follows its table through any events and times, and leaves no timer behind', () => {
    const steps = fc.array(
      fc.oneof(fc.constantFrom(...EVENTS), fc.integer({ min: 1, max: 4_000 })),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(steps, (sequence) => {
        const clock = new SimulatedClock();
        const actor = createActor(providerMachine, { clock: machineClock(clock) });
        actor.start();
        let state: State = 'starting';
        let drainsUntilMs = Number.POSITIVE_INFINITY;
        for (const step of sequence) {
          if (typeof step === 'number') {
            clock.advance(step);
            if (state === 'draining' && clock.now() >= drainsUntilMs) state = 'stopped';
          } else {
            actor.send(step);
            const next: State = TABLE[state][step.type] ?? state;
            if (next === 'draining' && state !== 'draining') drainsUntilMs = clock.now() + 5_000;
            state = next;
          }
          expect(actor.getSnapshot().value).to.equal(state);
          expect(clock.pending).to.equal(state === 'draining' ? 1 : 0);
        }
        const isCrashed = state === 'crashed';
        expect(actor.getSnapshot().context.failure).to.equal(isCrashed ? 'no' : undefined);
      }),
      RUNS,
    );
  });
});
