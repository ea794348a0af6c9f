/**
 * What is known of a provider.
 *
 * @public
 */
export interface ProviderInfo {
  readonly providerId: string;
  readonly providerType: string;
  /** `crashed`: it waits for its next restart, or its policy allows none. */
  readonly status: 'starting' | 'ready' | 'draining' | 'stopped' | 'crashed';
  /** Where it serves: a thread of its own, or the host's. */
  readonly placement: 'thread' | 'inline';
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Times that it was restarted after a crash. */
  readonly restarts: number;
  /** Calls served or denied since it was started. */
  readonly calls: number;
  /** What the provider tells of itself. */
  readonly metadata: Readonly<Record<string, unknown>>;
}
