import type { ProviderDefinition, ProviderOperation } from '../../lib/core/provider.ts';
import { begin, request } from './begin-operations.ts';
import { checkAssignment } from './http-assignment.ts';
import { parseConfig } from './http-config.ts';
import { type HttpState, type HttpSurroundings, openState } from './http-state.ts';
import { drop, finish, head, read, wait, write } from './transfer-operations.ts';

export type { HttpState, HttpSurroundings } from './http-state.ts';

/** Without a prototype: the name of an operation comes from the guest. */
const OPERATIONS: Readonly<Record<string, ProviderOperation<HttpState>>> = Object.assign(
  Object.create(null) as Record<string, ProviderOperation<HttpState>>,
  { begin, write, finish, head, read, wait, drop, request },
);

/**
 * Outbound HTTP in surroundings that a spec has chosen.
 *
 * @internal
 */
export function httpProviderWith(surroundings: HttpSurroundings): ProviderDefinition<HttpState> {
  return {
    type: 'http',
    operations: OPERATIONS,
    open: (config) => openState(parseConfig(config), surroundings),
    async close({ transfers, parts }) {
      transfers.close();
      await parts.pool.close();
    },
    metadata: ({ parts: { limits, counts, budget } }) => ({
      ...counts,
      openConnections: budget.openConnections,
      openTransfers: budget.openTransfers,
      ...limits,
    }),
    concerns(args, { capabilityId }) {
      const [named] = args;
      // What is malformed goes on to `permission`, which says what is wrong with it.
      return typeof named !== 'string' || named === capabilityId;
    },
    checkAssignment,
  };
}

/**
 * Outbound HTTP/1.1, with every address judged before it is connected to. Configuration:
 * `maxConnections` (1,024), `maxConnectionsPerInstance` (32), `maxTransfers` (4,096),
 * `maxTransfersPerInstance` (64), `maxRequestBytes` and `maxResponseBytes` (256 MiB each),
 * `maxWholeResponseBytes` (1 MiB), `maxHeaderBytes` (64 KiB), `connectTimeoutMs` (10,000),
 * `firstByteTimeoutMs` and `betweenBytesTimeoutMs` (30,000 each), `totalTimeoutMs` (300,000).
 *
 * @public
 */
export const httpProvider: ProviderDefinition<HttpState> = httpProviderWith({});
