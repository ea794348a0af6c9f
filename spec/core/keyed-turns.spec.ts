import { expect } from 'chai';
import * as fc from 'fast-check';
import { KeyedTurns } from '../../lib/core/keyed-turns.ts';
import { settled } from '../thrown.ts';
import { RUNS } from './property-runs.ts';

describe('turns under names', () => {
  it('are taken one after the other under a name, in the order of asking, and whatever others do', async () => {
    const name = fc.constantFrom('a', 'b', '__proto__');
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.tuple(name, fc.boolean()), { maxLength: 12 }),
        async (scheduler, asked) => {
          const turns = new KeyedTurns();
          const running = new Map<string, number>();
          const ended = new Map<string, number[]>();
          const all = asked.map(([key, fails], index) =>
            turns.take(key, async () => {
              running.set(key, (running.get(key) ?? 0) + 1);
              expect(running.get(key)).to.equal(1);
              await scheduler.schedule(Promise.resolve());
              running.set(key, 0);
              ended.set(key, [...(ended.get(key) ?? []), index]);
              if (fails) throw new Error(`${index}`);
              return index;
            }),
          );
          const outcomes = Promise.allSettled(all);
          await scheduler.waitFor(outcomes);
          for (const [index, result] of (await outcomes).entries()) {
            expect(result.status).to.equal(asked[index]?.[1] === true ? 'rejected' : 'fulfilled');
          }
          for (const [key, order] of ended) {
            const wanted = [...asked.keys()].filter((index) => asked[index]?.[0] === key);
            expect(order).to.deep.equal(wanted);
          }
        },
      ),
      RUNS,
    );
  });

  it('have those who come later wait for what was added, and nobody else', async () => {
    const turns = new KeyedTurns();
    const { promise, resolve } = Promise.withResolvers<void>();
    void turns.add('a', promise);
    let isSettled = false;
    const waiting = turns.settled('a').then(() => (isSettled = true));
    await turns.settled('b');
    expect(isSettled).to.equal(false);
    resolve();
    await waiting;
    await turns.settled('a');
  });

  it('have who comes last wait for who came before, when others have ended meanwhile', async () => {
    const turns = new KeyedTurns();
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    void turns.add('a', first.promise);
    void turns.add('a', second.promise);
    first.resolve();
    await settled();
    let isSettled = false;
    const third = turns.take('a', async () => (isSettled = true));
    await settled();
    expect(isSettled).to.equal(false);
    second.resolve();
    expect(await third).to.equal(true);
  });
});
