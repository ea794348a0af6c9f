import { expect } from 'chai';
import { resolveOnDemand } from '../../lib/core/on-demand-options.ts';
import { thrownBy } from '../thrown.ts';

describe('options of instances on demand', () => {
  it('have defaults, and are kept where they are given', () => {
    const defaults = resolveOnDemand(undefined);
    expect(defaults).to.include({ idleMs: 1_000, turnMs: 50, threadReuse: true, maxLeases: 4_096 });
    expect(defaults).to.include({ maxWaiting: 10_000, maxInstances: 1_000_000 });
    expect(defaults.maxThreads).to.equal(8);
    const given = { maxThreads: 3, idleMs: 0, threadReuse: false };
    expect(resolveOnDemand(given)).to.deep.equal({ ...defaults, ...given });
  });

  it('P18 · are refused by name', () => {
    const wrong: readonly (readonly [unknown, string])[] = [
      [5, 'onDemand'],
      [{ threads: 1 }, 'onDemand.threads'],
      [{ maxThreads: 0 }, 'onDemand.maxThreads'],
      [{ maxThreads: 1.5 }, 'onDemand.maxThreads'],
      [{ idleMs: -1 }, 'onDemand.idleMs'],
      [{ turnMs: 0 }, 'onDemand.turnMs'],
      [{ threadReuse: 'no' }, 'onDemand.threadReuse'],
      [{ maxLeases: 0 }, 'onDemand.maxLeases'],
      [{ maxWaiting: 0 }, 'onDemand.maxWaiting'],
      [{ maxInstances: -1 }, 'onDemand.maxInstances'],
    ];
    for (const [value, field] of wrong) {
      const { code, details } = thrownBy(() => resolveOnDemand(value));
      expect(code).to.equal('INVALID_REQUEST');
      expect(details['field']).to.equal(field);
    }
  });
});
