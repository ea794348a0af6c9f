import type { Server } from 'node:http';
import type { Supervisor } from '../actors/supervisor.ts';
import type { Clock } from '../core/clock.ts';
import { integerIn, knownFields } from '../core/field-checks.ts';
import { settlesWithin } from '../core/settles-within.ts';
import type { EventStreams } from './event-streams.ts';
import type { Host } from './host.ts';
import type { HostDrain } from './host-drain.ts';
import type { HostMetrics } from './host-metrics.ts';
import type { ModuleShelf } from './module-shelf.ts';

/** Milliseconds that answers have to leave after the guests have ended. */
const LAST_ANSWER_MS = 500;
const SWEEP_MS = 20;

/** What a host is made of. */
export interface HostParts {
  readonly url: string;
  readonly triggerUrl: string | undefined;
  readonly supervisor: Supervisor;
  /** Whether the supervisor ends with the host. */
  readonly isOwner: boolean;
  readonly servers: readonly Server[];
  readonly drain: HostDrain;
  readonly streams: EventStreams;
  readonly shelf: ModuleShelf;
  readonly clock: Clock;
  readonly metrics: HostMetrics | undefined;
  readonly drainDelayMs: number;
}

/** A host in this process: knows in which order it ends. */
export class LocalHost implements Host {
  readonly url: string;
  readonly triggerUrl?: string;
  readonly #parts: HostParts;
  #closing: Promise<void> | undefined;
  #destroying: Promise<void> | undefined;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.url = parts.url;
    if (parts.triggerUrl !== undefined) this.triggerUrl = parts.triggerUrl;
  }

  get supervisor(): Supervisor {
    return this.#parts.supervisor;
  }

  async close(options: { readonly deadlineMs?: number } = {}): Promise<void> {
    const given = knownFields(options, 'options', ['deadlineMs']);
    const range = { min: 0, max: 2 ** 31 - 1, fallback: 10_000 };
    const deadlineMs = integerIn(given['deadlineMs'], 'deadlineMs', range);
    this.#closing ??= this.#close(deadlineMs);
    await this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    const { drain, streams, supervisor, isOwner, drainDelayMs, clock } = this.#parts;
    const end = clock.now() + deadlineMs;
    const leftMs = (): number => Math.max(0, end - clock.now());
    drain.begin();
    if (drainDelayMs > 0) await this.#pause(Math.min(drainDelayMs, leftMs()));
    await settlesWithin(drain.empty(), leftMs(), clock);
    streams.close();
    await settlesWithin(this.#stopListening(), Math.min(leftMs(), 2_000), clock);
    if (isOwner) {
      const graceMs = Math.floor(leftMs());
      const closed = supervisor.close({ graceMs });
      // It has a deadline of its own for each guest; the host's stands above it.
      await settlesWithin(closed, leftMs() + 1_000, clock);
      // Whoever was broken off by that is told so, before the connections are cut.
      await settlesWithin(drain.empty(), LAST_ANSWER_MS, clock);
    }
    await this.destroy();
  }

  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { clock } = this.#parts;
    clock.setTimeout(() => resolve(), ms);
    await promise;
  }

  /** Resolves when no connection is left; idle ones are closed at once. */
  async #stopListening(): Promise<void> {
    await Promise.all(
      this.#parts.servers.map(async (server) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        server.close(() => resolve());
        // One becomes idle when its last answer is taken, and would stay so for as long as it may.
        const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
        await promise.finally(() => clearInterval(sweep));
      }),
    );
  }

  destroy(): Promise<void> {
    this.#destroying ??= this.#destroy();
    return this.#destroying;
  }

  async #destroy(): Promise<void> {
    const { drain, streams, servers, supervisor, isOwner, shelf, metrics } = this.#parts;
    drain.begin();
    streams.close();
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    if (isOwner) await supervisor.destroy();
    await shelf.close();
    metrics?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
