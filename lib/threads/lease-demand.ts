import type { GuestDemand } from '../core/capacity-cost.ts';
import { isWasmatrixError } from '../core/errors.ts';

/** What a guest needs of its thread; nothing by default. */
export interface LeaseDemand extends Partial<GuestDemand> {
  /** Old generation of its heap, in MiB. */
  readonly heapMb?: number;
}

/** Of a guest without a memory. */
export const NO_DEMAND: GuestDemand = { memories: 0, initialMemoryBytes: 0, memoryBytes: 0 };

/** Whether spares could make room: what is promised to guests they do not have. */
export function isShortOfRoom(error: unknown): boolean {
  if (!isWasmatrixError(error)) return false;
  const { resource } = error.details;
  return resource !== 'threads' && resource !== 'guest-memory';
}
