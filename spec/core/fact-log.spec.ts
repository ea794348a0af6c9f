import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  EXECUTION_EVENT_TYPES,
  type ExecutionEventFilter,
  type ExecutionEventType,
} from '../../lib/core/execution-event.ts';
import { FactLog } from '../../lib/core/fact-log.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { thrownBy } from '../thrown.ts';
import { RUNS } from './property-runs.ts';

interface PlainFact {
  readonly seq: number;
  readonly type: ExecutionEventType;
  readonly instanceId: string | undefined;
}

const types = fc.constantFrom(...EXECUTION_EVENT_TYPES.slice(0, 4));
const ids = fc.constantFrom('a', 'b', 'c');
const someFacts = fc.array(fc.record({ type: types, id: fc.option(ids, { nil: undefined }) }), {
  maxLength: 40,
});
const filters = fc.record(
  { instanceId: ids, types: fc.subarray(EXECUTION_EVENT_TYPES.slice(0, 4)), sinceSeq: fc.nat(45) },
  { requiredKeys: [] },
);
const capacities = fc.integer({ min: 1, max: 25 });

function newLog(capacity: number, clock: SimulatedClock = new SimulatedClock()): FactLog {
  return new FactLog({ capacity, nodeId: 'n', clock });
}

/** Appends the facts and returns all of them, as a log without a bound would keep them. */
function fill(
  log: FactLog,
  facts: readonly { type: ExecutionEventType; id: string | undefined }[],
): PlainFact[] {
  return facts.map(({ type, id }, index) => {
    log.append(type, id === undefined ? {} : { instanceId: id });
    return { seq: index + 1, type, instanceId: id };
  });
}

const plain = (
  events: Iterable<{ seq: number; type: ExecutionEventType; instanceId?: string }>,
): PlainFact[] => [...events].map(({ seq, type, instanceId }) => ({ seq, type, instanceId }));

function matching(facts: readonly PlainFact[], filter: ExecutionEventFilter): PlainFact[] {
  return facts.filter(
    (fact) =>
      (filter.instanceId === undefined || fact.instanceId === filter.instanceId) &&
      (filter.types === undefined || filter.types.includes(fact.type)) &&
      (filter.sinceSeq === undefined || fact.seq > filter.sinceSeq),
  );
}

describe('the log of facts', () => {
  it('P13 · answers every query as the last facts of an unbounded list would', () => {
    fc.assert(
      fc.property(capacities, someFacts, filters, (capacity, facts, filter) => {
        const log = newLog(capacity);
        const kept = fill(log, facts).slice(-capacity);
        const found = log.query(filter);
        expect(plain(found)).to.deep.equal(matching(kept, filter));
        const since = filter.sinceSeq ?? 0;
        const areSomeGone = facts.length > capacity && since < facts.length - capacity;
        expect(found.isCut).to.equal(areSomeGone);
        expect(found.oldestSeq).to.equal(kept[0]?.seq ?? 1);
        expect(log.oldestSeq).to.equal(found.oldestSeq);
        expect(log.lastSeq).to.equal(facts.length);
      }),
      RUNS,
    );
  });

  it('P13 · numbers facts 1, 2, 3 … without a gap, however few it keeps', () => {
    fc.assert(
      fc.property(capacities, someFacts, (capacity, facts) => {
        const log = newLog(capacity);
        const seqs = facts.map(({ type }) => log.append(type).seq);
        expect(seqs).to.deep.equal(facts.map((_, index) => index + 1));
        const kept = plain(log.query({})).map(({ seq }) => seq);
        expect(kept).to.deep.equal(seqs.slice(-capacity));
      }),
      RUNS,
    );
  });

  it('gives with a limit the first facts after sinceSeq, and without sinceSeq the newest', () => {
    fc.assert(
      fc.property(capacities, someFacts, filters, fc.nat(10), (capacity, facts, filter, limit) => {
        const log = newLog(capacity);
        const all = matching(fill(log, facts).slice(-capacity), filter);
        const wanted =
          filter.sinceSeq === undefined
            ? all.slice(Math.max(0, all.length - limit))
            : all.slice(0, limit);
        expect(plain(log.query(filter, limit))).to.deep.equal(wanted);
      }),
      RUNS,
    );
  });

  it('tells node, time and details of each fact, and lets nobody change them', () => {
    const clock = new SimulatedClock(0);
    const log = newLog(5, clock);
    const details: Record<string, unknown> = { reason: 'trap' };
    clock.advance(1_500);
    const event = log.append('instance_crashed', { instanceId: 'a', details });
    details['reason'] = 'changed';
    expect(event).to.deep.equal({
      seq: 1,
      type: 'instance_crashed',
      instanceId: 'a',
      nodeId: 'n',
      timestamp: '1970-01-01T00:00:01.500Z',
      details: { reason: 'trap' },
    });
    expect(Object.isFrozen(event) && Object.isFrozen(event.details)).to.equal(true);
    expect(log.append('instance_stopped').details).to.deep.equal({});
  });

  it('keeps isCut and oldestSeq out of what is printed and sent', () => {
    const log = newLog(1);
    log.append('instance_started');
    const found = log.query({});
    expect(Object.keys(found)).to.deep.equal(['0']);
    expect(JSON.parse(JSON.stringify(found)))
      .to.be.an('array')
      .with.length(1);
  });

  it('P18 · refuses a filter with a type that does not exist, by its place', () => {
    const wrong = ['instance_started', 'instance_exploded'] as ExecutionEventType[];
    const error = thrownBy(() => newLog(1).query({ types: wrong }));
    expect(error.code).to.equal('INVALID_REQUEST');
    expect(error.details['field']).to.equal('types[1]');
  });

  it('P13 · has facts that lie elsewhere recorded before the next one, and before a question', () => {
    const log = newLog(10);
    const elsewhere: ExecutionEventType[] = [];
    const fetch = (): void => {
      for (const type of elsewhere.splice(0)) log.append(type);
    };
    const leave = log.addSource(fetch);
    elsewhere.push('capability_called', 'capability_denied');
    log.append('instance_crashed');
    elsewhere.push('capability_called');
    const told = (): ExecutionEventType[] => log.query({}).map(({ type }) => type);
    const expected: ExecutionEventType[] = [
      'capability_called',
      'capability_denied',
      'instance_crashed',
      'capability_called',
    ];
    expect(told()).to.deep.equal(expected);
    elsewhere.push('capability_denied');
    leave();
    leave();
    expect(told()).to.deep.equal(expected);
    expect(elsewhere, 'is asked for no more').to.have.length(1);
  });

  it('P13 · records each fact once, in order within its source, however many sources there are', () => {
    const lying = fc.array(fc.array(fc.nat(3), { maxLength: 4 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(lying, fc.boolean(), (sources, isAsked) => {
        const log = newLog(100);
        for (const [source, facts] of sources.entries()) {
          const left = facts.map((value, index) => ({ source, index, value }));
          log.addSource(() => {
            for (let next = left.shift(); next !== undefined; next = left.shift()) {
              log.append('capability_called', { details: next });
            }
          });
        }
        if (!isAsked) log.append('instance_stopped');
        const found = log.query({}).map(({ details }) => details);
        const all = sources.flatMap((facts, source) =>
          facts.map((value, index) => ({ source, index, value })),
        );
        expect(found).to.deep.equal(isAsked ? all : [...all, {}]);
      }),
      RUNS,
    );
  });

  it('goes on where a source fails, and lets one end itself while it is asked', () => {
    const log = newLog(10);
    log.addSource(() => {
      throw new Error('the thread is gone');
    });
    const leave = log.addSource(() => {
      leave();
      log.append('provider_crashed');
    });
    log.append('instance_started');
    log.append('instance_stopped');
    expect(log.query({}).map(({ type }) => type)).to.deep.equal([
      'provider_crashed',
      'instance_started',
      'instance_stopped',
    ]);
  });

  it('lets somebody hear each fact as it is recorded, and goes on where he fails', () => {
    const heard: unknown[] = [];
    const log = new FactLog({
      capacity: 2,
      nodeId: 'n',
      clock: new SimulatedClock(),
      onAppend: (event) => {
        heard.push(event);
        throw new Error('not today');
      },
    });
    const recorded = [1, 2, 3].map(() => log.append('instance_started'));
    expect(heard).to.deep.equal(recorded);
  });

  it('P9 · begins a subscription behind what lies elsewhere at that moment', async () => {
    const log = newLog(10);
    let waiting = 2;
    log.addSource(() => {
      for (; waiting > 0; waiting--) log.append('capability_called');
    });
    const events = log.subscribe({});
    log.append('instance_started');
    log.close();
    expect((await events.next()).value).to.include({ seq: 3, type: 'instance_started' });
  });

  it('wakes those who wait for a change, until they let go', () => {
    const log = newLog(10);
    let woken = 0;
    const letGo = log.onChange(() => (woken += 1));
    log.append('instance_started');
    expect(woken).to.equal(1);
    letGo();
    log.append('instance_started');
    log.close();
    expect(woken).to.equal(1);
  });
});
