import type { AdmittedModule } from './admitted-module.ts';

/** What tells how far a guest may have grown. */
export type GrowthFacts = Pick<
  AdmittedModule,
  'abi' | 'memories' | 'initialMemoryBytes' | 'exports'
>;

/**
 * Bytes by which the memories of a guest have grown at the most. Where one of them may be out of sight, it may have
 * grown to the limit.
 *
 * @param seenBytes - of the memories that can be seen from outside, as they are now.
 * @param limitBytes - of all its memories.
 * @internal
 */
export function mostGrownBytes(
  { abi, memories, initialMemoryBytes, exports }: GrowthFacts,
  seenBytes: number,
  limitBytes: number,
): number {
  if (memories === 0) return 0;
  // Of a component those are seen that its borders name, and no others are counted.
  const isOneSeen = abi === 'component' ? seenBytes > 0 : exports.some(isMemory);
  const mostBytes = memories === 1 && isOneSeen ? seenBytes : limitBytes;
  return Math.max(0, mostBytes - initialMemoryBytes);
}

function isMemory({ kind }: AdmittedModule['exports'][number]): boolean {
  return kind === 'memory';
}
