import { expect } from 'chai';
import * as fc from 'fast-check';
import type { ExecutionEvent } from '../../lib/core/execution-event.ts';
import { FactLog } from '../../lib/core/fact-log.ts';
import { FactSubscription } from '../../lib/core/fact-subscription.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { rejectionOf, settled } from '../thrown.ts';
import { RUNS } from './property-runs.ts';

const newLog = (capacity = 100): FactLog =>
  new FactLog({ capacity, nodeId: 'n', clock: new SimulatedClock() });

/** Reads a subscription to its end, in the background. */
function reading(events: AsyncIterable<ExecutionEvent>): {
  readonly seqs: number[];
  readonly end: Promise<void>;
} {
  const seqs: number[] = [];
  const read = async (): Promise<void> => {
    for await (const { seq } of events) seqs.push(seq);
  };
  return { seqs, end: read() };
}

describe('a subscription to facts', () => {
  it('P9 · hears every matching fact once and in order, however the facts arrive', async () => {
    const bursts = fc.array(fc.nat(6), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(bursts, fc.nat(20), fc.boolean(), async (sizes, since, isFiltered) => {
        const log = newLog(1_000);
        for (let n = 0; n < 5; n++) log.append('instance_started', { instanceId: 'a' });
        const filter = { sinceSeq: since, ...(isFiltered ? { instanceId: 'a' } : {}) };
        const { seqs, end } = reading(log.subscribe(filter));
        for (const size of sizes) {
          for (let n = 0; n < size; n++) {
            log.append('instance_crashed', { instanceId: n % 2 === 0 ? 'a' : 'b' });
          }
          await settled();
        }
        log.close();
        await end;
        expect(seqs).to.deep.equal(log.query(filter).map(({ seq }) => seq));
      }),
      RUNS,
    );
  });

  it('P9 · begins with the facts to come when no sinceSeq is given', async () => {
    const log = newLog();
    log.append('instance_started');
    const events = log.subscribe({});
    log.append('instance_crashed');
    const { seqs, end } = reading(events);
    log.append('instance_restarted');
    log.close();
    await end;
    expect(seqs, 'from the moment of the call, not of the first read').to.deep.equal([2, 3]);
  });

  it('lets several readers go at their own pace', async () => {
    const log = newLog();
    const slow = log.subscribe({});
    const fast = reading(log.subscribe({}));
    for (let n = 0; n < 3; n++) {
      log.append('instance_started');
      await settled();
    }
    expect(fast.seqs).to.deep.equal([1, 2, 3]);
    expect((await slow.next()).value?.seq).to.equal(1);
    log.close();
    await fast.end;
    expect((await slow.next()).value?.seq).to.equal(2);
    expect((await slow.next()).value?.seq).to.equal(3);
    expect((await slow.next()).done).to.equal(true);
  });

  it('tells a reader that fell behind, instead of feeding it a gap', async () => {
    const log = newLog(3);
    const events = log.subscribe({});
    for (let n = 0; n < 3; n++) log.append('instance_started');
    expect((await events.next()).value?.seq).to.equal(1);
    for (let n = 0; n < 3; n++) log.append('instance_started');
    const error = await rejectionOf(events.next());
    expect(error.code).to.equal('RESOURCE_EXHAUSTED');
    expect(error.details).to.deep.equal({ missingFrom: 2, missingTo: 3 });
    expect((await events.next()).done, 'and then ends').to.equal(true);
  });

  it('P13 · tells a reader that fell behind exactly when a fact that it wants is gone', async () => {
    const counts = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(4), fc.nat(10));
    await fc.assert(
      fc.asyncProperty(counts, async ([capacity, read, more]) => {
        const log = newLog(capacity);
        const events = log.subscribe({});
        for (let seq = 1; seq <= read; seq++) {
          log.append('instance_started');
          expect((await events.next()).value?.seq).to.equal(seq);
        }
        for (let n = 0; n < more; n++) log.append('instance_started');
        log.close();
        if (more > capacity) {
          const { details } = await rejectionOf(events.next());
          expect(details).to.deep.equal({
            missingFrom: read + 1,
            missingTo: read + more - capacity,
          });
        } else {
          const { seqs, end } = reading(events);
          await end;
          expect(seqs).to.deep.equal(Array.from({ length: more }, (_, n) => read + 1 + n));
        }
      }),
      RUNS,
    );
  });

  it('lets a reader be exactly as far behind as the log holds', async () => {
    const log = newLog(3);
    const { seqs, end } = reading(log.subscribe({ sinceSeq: 0 }));
    for (let n = 0; n < 3; n++) log.append('instance_started');
    log.close();
    await end;
    expect(seqs).to.deep.equal([1, 2, 3]);
  });

  it('ends when its signal fires, before, during and after a wait', async () => {
    const log = newLog();
    expect((await log.subscribe({}, AbortSignal.abort()).next()).done).to.equal(true);
    const controller = new AbortController();
    const { seqs, end } = reading(log.subscribe({}, controller.signal));
    log.append('instance_started');
    await settled();
    controller.abort();
    log.append('instance_started');
    await end;
    expect(seqs).to.deep.equal([1]);
  });

  it('ends when the log is closed, once it has read what is there', async () => {
    const log = newLog();
    log.append('instance_started');
    const waiting = reading(log.subscribe({}));
    await settled();
    log.close();
    await waiting.end;
    expect(waiting.seqs).to.deep.equal([]);
    const late = reading(log.subscribe({ sinceSeq: 0 }));
    await late.end;
    expect(late.seqs).to.deep.equal([1]);
  });

  it('leaves no listener on its signal behind, however many facts it waits for', async () => {
    const log = newLog();
    const controller = new AbortController();
    let listeners = 0;
    const { signal } = controller;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const { seqs, end } = reading(log.subscribe({}, signal));
    for (let n = 0; n < 20; n++) {
      log.append('instance_started');
      await settled();
      expect(listeners).to.equal(1);
    }
    log.close();
    await end;
    expect(seqs).to.have.length(20);
    expect(listeners).to.equal(0);
  });

  it('ends at once when it is let go while it waits, and listens to nothing any more', async () => {
    const log = newLog();
    const events = log.subscribe({});
    const waiting = [events.next(), events.next()];
    await settled();
    expect(await events.return?.()).to.deep.equal({ done: true, value: undefined });
    const ends = (await Promise.all(waiting)).map(({ done }) => done);
    expect(ends).to.deep.equal([true, true]);
    log.append('instance_started');
    expect((await events.next()).done).to.equal(true);
  });

  it('P13 · hears only what comes after a sinceSeq that still lies ahead', async () => {
    const log = newLog();
    log.append('instance_started');
    const { seqs, end } = reading(log.subscribe({ sinceSeq: 3 }));
    for (let n = 0; n < 4; n++) {
      log.append('instance_started');
      await settled();
    }
    log.close();
    await end;
    expect(seqs).to.deep.equal([4, 5]);
    expect(log.query({ sinceSeq: 9 })).to.deep.equal([]);
  });

  it('P13 · hears a fact in spite of a listener that throws', async () => {
    const log = new FactLog({
      capacity: 10,
      nodeId: 'n',
      clock: new SimulatedClock(),
      onAppend: () => {
        throw new Error('broken logger');
      },
    });
    log.onChange(() => {
      throw new Error('broken reader');
    });
    const { seqs, end } = reading(log.subscribe({}));
    expect(log.append('instance_started').seq).to.equal(1);
    log.close();
    await end;
    expect(seqs).to.deep.equal([1]);
  });

  it('W5 · listens while it waits, once, and not when it has been answered', async () => {
    const log = newLog();
    let listeners = 0;
    const source = {
      lastSeq: 0,
      oldestSeq: 1,
      isClosed: false,
      at: () => undefined,
      onChange: (wakeUp: () => void) => {
        listeners += 1;
        const stop = log.onChange(wakeUp);
        return () => {
          listeners -= 1;
          stop();
        };
      },
    };
    const events = new FactSubscription(source, () => true, 0, undefined);
    const steps = [events.next(), events.next()];
    expect(listeners).to.equal(1);
    await events.return();
    expect(listeners).to.equal(0);
    expect((await Promise.all(steps)).map(({ done }) => done)).to.deep.equal([true, true]);
  });
});
