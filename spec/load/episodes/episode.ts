import type { CapabilityAssignment } from '../../../lib/core/capability-assignment.ts';
import { ALL_KV, kvGrant } from '../../e2e/fixtures.ts';
import type { SoakWorld } from '../soak-world.ts';

/** Something that is done in a soak again and again; what it begins, it ends. */
export interface Episode {
  readonly name: string;
  /** @throws where anything is not as it has to be. */
  play(world: SoakWorld): Promise<void>;
}

/** Everything with a bucket of the provider that keeps its keys in memory. */
export function inMemory(bucket: string): CapabilityAssignment {
  return { ...kvGrant(ALL_KV, bucket), providerId: 'default-kv' };
}
