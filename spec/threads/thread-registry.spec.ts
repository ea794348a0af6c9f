import { expect } from 'chai';
import { resolveCapacity } from '../../lib/core/capacity-options.ts';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { CapacityGovernor } from '../../lib/threads/capacity-governor.ts';
import { DEFAULT_HEAP_MB } from '../../lib/threads/thread-options.ts';
import { ThreadRegistry } from '../../lib/threads/thread-registry.ts';

/** Waits until as many spares are ready. */
async function sparesOf(registry: ThreadRegistry, count: number): Promise<void> {
  registry.refill();
  while (registry.spares < count) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the registry of threads at its limit', () => {
  let registry: ThreadRegistry;
  beforeEach(() => {
    const governor = new CapacityGovernor(2, resolveCapacity(undefined));
    registry = new ThreadRegistry({ governor, maxThreads: 2, warmSpares: 2 });
  });
  afterEach(() => registry.destroy());

  it('gives up spares for starts that need a larger heap than they have', async () => {
    await sparesOf(registry, 2);
    const larger = 2 * DEFAULT_HEAP_MB;
    const threads = await Promise.all([
      registry.lease({ heapMb: larger }),
      registry.lease({ heapMb: larger }),
    ]);
    expect(threads.every(({ isAlive }) => isAlive)).to.equal(true);
    expect(registry.size).to.equal(2);
    expect(registry.spares).to.equal(0);
  });

  it('refuses a start when what lives are no spares', async () => {
    await sparesOf(registry, 2);
    const first = await registry.lease();
    const second = await registry.lease();
    for (const heapMb of [DEFAULT_HEAP_MB, 2 * DEFAULT_HEAP_MB]) {
      const refused = await registry.lease({ heapMb }).catch((error: unknown) => error);
      expect(isWasmatrixError(refused) && refused.code).to.equal('RESOURCE_EXHAUSTED');
    }
    expect([first.isAlive, second.isAlive]).to.deep.equal([true, true]);
  });
});
