import { GuestTrap } from '../../guest-failure.ts';
import { HandleTable } from './handle-table.ts';
import { GuestResource, type ResourceType } from './resource-type.ts';

/**
 * Resources of the guest that callers outside hold: they see a number, never the guest's own
 * representation, which they could forge.
 *
 * @internal
 */
export class OutsideHandles {
  readonly #table = new HandleTable();

  /** Replaces resources inside a lifted value by numbers. Its depth is bounded by its type. */
  export(value: unknown): unknown {
    if (value instanceof GuestResource) return this.#table.add(value.type, value.representation);
    if (Array.isArray(value)) return value.map((item) => this.export(item));
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, this.export(item)]);
    return Object.fromEntries(entries);
  }

  /** Whether a number stands for a resource of that type. */
  has(type: ResourceType, handle: number): boolean {
    try {
      this.#table.get(type, handle);
      return true;
    } catch {
      return false;
    }
  }

  /** What a number stands for; owning it ends with this. */
  representation(type: ResourceType, handle: number, isOwn: boolean): number {
    const entry = isOwn ? this.#table.take(type, handle) : this.#table.get(type, handle);
    if (typeof entry.representation !== 'number') throw new GuestTrap('a handle of the host');
    return entry.representation;
  }
}
