import { WasmatrixError } from '../../lib/core/errors.ts';
import { HttpFailure } from './http-failure.ts';
import { type HttpLimits, MAX_LOOKUPS_PER_INSTANCE } from './http-limits.ts';

/** What is counted of one instance, or of all. */
interface Use {
  transfers: number;
  connections: number;
  lookups: number;
}

/**
 * Counts what instances use, each for itself and all together. What is taken is given back by the
 * returned function, once.
 *
 * @internal
 */
export class Budget {
  readonly #limits: HttpLimits;
  readonly #instances = new Map<string, Use>();
  readonly #total: Use = { transfers: 0, connections: 0, lookups: 0 };

  constructor(limits: HttpLimits) {
    this.#limits = limits;
  }

  get openTransfers(): number {
    return this.#total.transfers;
  }

  get openConnections(): number {
    return this.#total.connections;
  }

  /** @throws `RESOURCE_EXHAUSTED` when the instance, or everybody together, has as many as allowed. */
  takeTransfer(instanceId: string): () => void {
    const { maxTransfers, maxTransfersPerInstance } = this.#limits;
    if (this.#useOf(instanceId).transfers >= maxTransfersPerInstance) {
      throw exhausted('maxTransfersPerInstance', maxTransfersPerInstance);
    }
    if (this.#total.transfers >= maxTransfers) throw exhausted('maxTransfers', maxTransfers);
    return this.#take(instanceId, 'transfers');
  }

  /** Which limit stands against another connection of an instance, if one does. */
  connectionLimit(instanceId: string): 'instance' | 'total' | undefined {
    const { maxConnections, maxConnectionsPerInstance } = this.#limits;
    if (this.#useOf(instanceId).connections >= maxConnectionsPerInstance) return 'instance';
    return this.#total.connections >= maxConnections ? 'total' : undefined;
  }

  takeConnection(instanceId: string): () => void {
    return this.#take(instanceId, 'connections');
  }

  /** @throws `HttpFailure` `DNS-timeout` while too many names of the instance are still looked up. */
  takeLookup(instanceId: string): () => void {
    if (this.#useOf(instanceId).lookups >= MAX_LOOKUPS_PER_INSTANCE) {
      throw new HttpFailure('DNS-timeout', 'too many names are still looked up');
    }
    return this.#take(instanceId, 'lookups');
  }

  #useOf(instanceId: string): Readonly<Use> {
    return this.#instances.get(instanceId) ?? { transfers: 0, connections: 0, lookups: 0 };
  }

  #take(instanceId: string, what: keyof Use): () => void {
    const use = this.#instances.get(instanceId) ?? { transfers: 0, connections: 0, lookups: 0 };
    this.#instances.set(instanceId, use);
    use[what] += 1;
    this.#total[what] += 1;
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      use[what] -= 1;
      this.#total[what] -= 1;
      if (use.transfers + use.connections + use.lookups === 0) this.#instances.delete(instanceId);
    };
  }
}

function exhausted(limit: string, value: number): WasmatrixError {
  const message = `no more than ${value} requests may be open`;
  return new WasmatrixError('RESOURCE_EXHAUSTED', message, { resource: 'transfers', limit, value });
}
