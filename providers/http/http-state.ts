import type { Clock } from '../../lib/core/clock.ts';
import { systemClock } from '../../lib/core/system-clock.ts';
import { type Judge, judgeAddress } from './address-judgement.ts';
import { Budget } from './budget.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { HttpLimits } from './http-limits.ts';
import type { HttpParts } from './http-parts.ts';
import { type Dial, dialTcp } from './open-socket.ts';
import { resolveName } from './resolve-name.ts';
import type { Resolve } from './target-check.ts';
import { TransferTable } from './transfer-table.ts';

/**
 * One life of a provider.
 *
 * @public
 */
export interface HttpState {
  /** @internal */
  readonly parts: HttpParts;
  /** @internal */
  readonly transfers: TransferTable;
}

/**
 * What specs put in the place of the world.
 *
 * @internal
 */
export interface HttpSurroundings {
  /** @defaultValue the operating system's resolver */
  readonly resolve?: Resolve;
  /** @defaultValue `judgeAddress` */
  readonly judge?: Judge;
  /** @defaultValue the system's clock */
  readonly clock?: Clock;
  /** @defaultValue TCP by the operating system */
  readonly dial?: Dial;
  /** Certificates to trust, in the place of the usual ones. */
  readonly ca?: string;
}

/**
 * Makes the state of a provider.
 *
 * @internal
 */
export function openState(limits: HttpLimits, surroundings: HttpSurroundings): HttpState {
  const { clock = systemClock, resolve = resolveName, judge = judgeAddress } = surroundings;
  const { dial = dialTcp, ca } = surroundings;
  const budget = new Budget(limits);
  const pool = new ConnectionPool(budget, { clock, dial, ca }, limits.maxHeaderBytes);
  const counts = { requests: 0, failures: 0, bytesIn: 0, bytesOut: 0 };
  const parts: HttpParts = { limits, clock, resolve, judge, budget, pool, counts };
  return { parts, transfers: new TransferTable(parts) };
}
