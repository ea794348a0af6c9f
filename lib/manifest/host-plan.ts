import type { GroupSpec } from '../core/group-spec.ts';
import type { InstanceSpec } from '../core/instance-spec.ts';
import type { ProviderConfig } from '../core/provider-config.ts';
import type { HostOptions } from '../host/host-options.ts';
import type { SourceText } from './source-text.ts';

/** What a host is to be, and what it starts, in this order. */
export interface HostPlan {
  /** Where it was read from; nowhere, if everything is as by default. */
  readonly source: SourceText | undefined;
  readonly host: Omit<HostOptions, 'supervisor' | 'supervisorOptions' | 'logger'>;
  readonly supervisor: NonNullable<HostOptions['supervisorOptions']>;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | undefined;
  /** Milliseconds that a graceful end may take. */
  readonly drainTimeoutMs: number;
  readonly providers: readonly ProviderConfig[];
  readonly groups: readonly GroupSpec[];
  readonly instances: readonly InstanceSpec[];
}
