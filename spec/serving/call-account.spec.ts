import { expect } from 'chai';
import * as fc from 'fast-check';
import type { RequiredPermission } from '../../lib/core/provider.ts';
import type { ServedFact } from '../../lib/protocol/fact-ring.ts';
import { ProviderFigures } from '../../lib/protocol/provider-figures.ts';
import { CallAccount } from '../../lib/serving/call-account.ts';
import { RUNS } from '../core/property-runs.ts';
import { SimulatedClock } from '../simulated-clock.ts';

function newAccount(areCallsRecorded: boolean): {
  readonly account: CallAccount;
  readonly facts: ServedFact[];
  readonly figures: ProviderFigures;
  readonly clock: SimulatedClock;
} {
  const clock = new SimulatedClock();
  const figures = new ProviderFigures();
  const facts: ServedFact[] = [];
  const tell = (fact: ServedFact): number => facts.push(fact);
  return {
    account: new CallAccount({ clock, figures, tell, areCallsRecorded }),
    facts,
    figures,
    clock,
  };
}

const call = { family: 'kv', operation: 'get', args: ['secret'] };
const needed: RequiredPermission[] = [
  { action: 'kv:read', scope: 'key' },
  { action: 'http:domain', scope: 'host', isNarrowing: true },
  { action: 'kv:read' },
];

describe('the account of calls', () => {
  it('W7 · tells of served calls, and of what calls needed, only where that is wanted', () => {
    for (const areCallsRecorded of [false, true]) {
      const { account, facts, figures } = newAccount(areCallsRecorded);
      account.called('i', call, 'c', needed);
      account.denied('i', call, 'c', needed);
      account.denied('j', call, undefined, []);
      const named = { providerType: 'kv', operation: 'get' };
      const required = areCallsRecorded ? { required: needed } : {};
      const none = areCallsRecorded ? { required: [] } : {};
      const called = { type: 'capability_called', instanceId: 'i' };
      expect(facts).to.deep.equal([
        ...(areCallsRecorded
          ? [{ ...called, details: { ...named, capabilityId: 'c', ...required } }]
          : []),
        {
          type: 'capability_denied',
          instanceId: 'i',
          details: { ...named, capabilityId: 'c', ...required },
        },
        { type: 'capability_denied', instanceId: 'j', details: { ...named, ...none } },
      ]);
      expect(figures.served).to.equal(1);
      expect(figures.denied).to.equal(2);
    }
  });

  it('P13 · keeps every name and scope that a guest makes up short', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), fc.nat(10_000), (family, operation, scope) => {
        const { account, facts } = newAccount(true);
        const long = (length: number): string => 'é'.repeat(length);
        const made = { family: long(family), operation: long(operation), args: [] };
        account.denied('i', made, undefined, [{ action: 'kv:read', scope: long(scope) }]);
        expect(facts[0]?.details).to.deep.equal({
          providerType: long(Math.min(family, 100)),
          operation: long(Math.min(operation, 100)),
          required: [{ action: 'kv:read', scope: long(Math.min(scope, 2_048)) }],
        });
      }),
      RUNS,
    );
  });

  it('P13 · counts every denial, and tells a hundred a second of an instance and how many more', () => {
    const { account, facts, figures, clock } = newAccount(false);
    const deny = (instance: string, times: number): void => {
      for (let n = 0; n < times; n++) account.denied(instance, call, 'c', needed);
    };
    const told = (instance: string): unknown[] =>
      facts
        .filter(({ instanceId }) => instanceId === instance)
        .map(({ details }) => details['unrecorded']);
    deny('i', 150);
    deny('j', 1);
    expect(told('i')).to.have.length(100);
    expect(told('j')).to.deep.equal([undefined]);
    clock.advance(1_000);
    deny('i', 2);
    expect(told('i').slice(100)).to.deep.equal([50, undefined]);
    deny('i', 150);
    account.forget('i');
    deny('i', 1);
    expect(told('i').at(-1), 'another life is counted from its beginning').to.equal(undefined);
    expect(figures.denied).to.equal(304);
  });

  it('tells of every call that is served, however many there are', () => {
    const { account, facts, figures } = newAccount(true);
    for (let n = 0; n < 250; n++) account.called('i', call, 'c', needed);
    expect(facts).to.have.length(250);
    expect(figures.served).to.equal(250);
  });
});
