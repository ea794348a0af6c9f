import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import type { ProviderFigures } from '../protocol/provider-figures.ts';
import type { CapabilityLink } from '../threads/capability-link.ts';

/** One life of a provider, wherever it is served. Its methods reject once it is over. */
export interface ProviderLife {
  readonly figures: ProviderFigures;
  /** Resolves with the reason when it is over without having been asked to end; else never. */
  readonly lost: Promise<string>;
  /** Loads what it is made of, so that `open` takes no longer than the provider itself does. */
  prepare(): Promise<void>;
  /**
   * Makes the provider's state; to be called once and first.
   *
   * @returns the type of the provider that is served.
   */
  open(config: Readonly<Record<string, unknown>>, inherited: unknown): Promise<string>;
  /** @throws `INVALID_REQUEST` naming the field. */
  checkAssignment(assignment: CapabilityAssignment): Promise<void>;
  /** Takes effect before anything that comes by a link which is connected later. */
  assign(instanceId: string, assignment: CapabilityAssignment): Promise<void>;
  /** Resolves when no call by the grant is served any more. */
  revoke(instanceId: string, capabilityId: string): Promise<void>;
  forget(instanceId: string): void;
  /** Serves the calls of one life of an instance. */
  connect(instanceId: string, link: CapabilityLink): void;
  /** Begins no further operation; resolves with whether none is under way within the deadline. */
  pause(deadlineMs: number): Promise<boolean>;
  resume(): Promise<void>;
  handOver(): Promise<unknown>;
  metadata(): Promise<Readonly<Record<string, unknown>>>;
  /** Gives the provider's state back. */
  close(): Promise<void>;
  /** Ends it now. Resolves when nothing of it is left; idempotent. */
  destroy(): Promise<void>;
}
