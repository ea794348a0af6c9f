import type { ClientOptions, CommonOptions } from './command-options.ts';

/** Options of `wasmatrix host`. */
export interface HostCommandOptions extends CommonOptions {
  readonly config?: string;
  readonly listen?: string;
  readonly triggerListen?: string;
  readonly logLevel?: string;
  readonly keepGoing?: true;
  readonly check?: true;
  readonly summarySeconds: number;
}

/** Options of `wasmatrix run`. */
export interface RunOptions extends CommonOptions {
  readonly invoke?: string;
  readonly grant?: readonly string[];
  readonly env?: Record<string, string>;
  readonly guestConfig?: Record<string, string>;
  readonly stdin?: string;
  readonly memoryBytes?: number;
  readonly timeoutMs?: number;
  readonly fuel?: number;
}

/** Options of `wasmatrix load`. */
export interface LoadOptions extends CommonOptions {
  readonly instances: number;
  readonly calls: number;
  readonly residency: 'resident' | 'on-demand';
  readonly invoke?: string;
}

/** What `top` can sort by. */
export const TOP_ORDERS = ['cpu', 'memory', 'calls', 'restarts'] as const;

/** One of them. */
export type TopOrder = (typeof TOP_ORDERS)[number];

/** Options of `wasmatrix top`. */
export interface TopOptions extends ClientOptions {
  readonly sort: TopOrder;
  readonly intervalMs: number;
  readonly limit?: number;
}
