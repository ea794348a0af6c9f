import type { Supervisor } from '../../../lib/actors/supervisor.ts';
import type { CapabilityAssignment } from '../../../lib/core/capability-assignment.ts';
import { ALL_KV, kvGrant } from '../../e2e/fixtures.ts';
import type { SoakWorld } from '../soak-world.ts';

/** Where episodes are played that need nothing but a supervisor, be it here or elsewhere. */
export interface SupervisedWorld {
  readonly supervisor: Supervisor;
}

/** Something that is done again and again; what it begins, it ends. */
export interface Episode<W = SoakWorld> {
  readonly name: string;
  /** @throws where anything is not as it has to be. */
  play(world: W): Promise<void>;
}

/** Everything with a bucket of the provider that keeps its keys in memory. */
export function inMemory(bucket: string): CapabilityAssignment {
  return { ...kvGrant(ALL_KV, bucket), providerId: 'default-kv' };
}
