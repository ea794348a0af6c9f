import type { Clock } from '../../lib/core/clock.ts';
import type { Judge } from './address-judgement.ts';
import type { Budget } from './budget.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { HttpLimits } from './http-limits.ts';
import type { Resolve } from './target-check.ts';

/**
 * What all transfers of one provider share.
 *
 * @internal
 */
export interface HttpParts {
  readonly limits: HttpLimits;
  readonly clock: Clock;
  readonly resolve: Resolve;
  readonly judge: Judge;
  readonly budget: Budget;
  readonly pool: ConnectionPool;
  /** What has happened so far. */
  readonly counts: {
    requests: number;
    failures: number;
    bytesIn: number;
    bytesOut: number;
  };
}
