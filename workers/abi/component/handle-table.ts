import { GuestTrap } from '../../guest-failure.ts';
import type { ResourceType } from './resource-type.ts';

/**
 * Handles of one instance at a time, and resources in the hands of callers; a guest that never drops is
 * stopped before it fills the heap, which with the least memory that a guest can have takes 800,000.
 *
 * @internal
 */
export const MAX_HANDLES: number = 2 ** 18;

/**
 * Counts the borrowed handles that a call has been given and not yet dropped.
 *
 * @internal
 */
export interface BorrowScope {
  borrowCount: number;
}

/**
 * What a handle stands for.
 *
 * @internal
 */
export interface HandleEntry {
  readonly type: ResourceType;
  /** A number for a resource of a guest, the object itself for one of the host. */
  readonly representation: unknown;
  /** The call that a borrowed handle belongs to; undefined for an owning one. */
  readonly scope: BorrowScope | undefined;
  /** Calls that borrow through this handle right now. */
  lendCount: number;
}

/**
 * The handles of one component instance. Numbers are chosen by us and come back from the guest, so
 * every look-up checks them; zero is never used.
 *
 * @internal
 */
export class HandleTable {
  readonly #entries: (HandleEntry | undefined)[] = [undefined];
  readonly #free: number[] = [];

  /**
   * @throws `GuestTrap` above `MAX_HANDLES`.
   */
  add(type: ResourceType, representation: unknown, scope?: BorrowScope): number {
    const handle = this.#free.pop() ?? this.#entries.length;
    if (handle > MAX_HANDLES) throw new GuestTrap(`more than ${MAX_HANDLES} handles`);
    this.#entries[handle] = { type, representation, scope, lendCount: 0 };
    if (scope !== undefined) scope.borrowCount++;
    return handle;
  }

  /**
   * @throws `GuestTrap` for a handle that is unknown or of another type.
   */
  get(type: ResourceType, handle: number): HandleEntry {
    const entry = this.#entries[handle];
    if (entry === undefined) throw new GuestTrap(`unknown handle ${handle}`);
    if (entry.type !== type) throw new GuestTrap(`handle ${handle} is no ${type.name}`);
    return entry;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.length - 1 - this.#free.length;
  }

  /** The objects behind owning handles, which are resources of the host. */
  *ownedObjects(): Iterable<object> {
    for (const entry of this.#entries) {
      const representation = entry?.scope === undefined ? entry?.representation : undefined;
      if (typeof representation === 'object' && representation !== null) yield representation;
    }
  }

  /**
   * Takes a handle out, owning or borrowed.
   *
   * @throws `GuestTrap` while a call borrows through it.
   */
  remove(type: ResourceType, handle: number): HandleEntry {
    const entry = this.get(type, handle);
    if (entry.lendCount > 0) throw new GuestTrap(`handle ${handle} is lent to a call`);
    this.#entries[handle] = undefined;
    this.#free.push(handle);
    if (entry.scope !== undefined) entry.scope.borrowCount--;
    return entry;
  }

  /**
   * Takes an owning handle out.
   *
   * @throws `GuestTrap` for a borrowed one.
   */
  take(type: ResourceType, handle: number): HandleEntry {
    if (this.get(type, handle).scope !== undefined) {
      throw new GuestTrap(`handle ${handle} is borrowed, not owned`);
    }
    return this.remove(type, handle);
  }
}
