import { GuestTrap } from '../../guest-failure.ts';
import { MAX_HANDLES } from './handle-table.ts';
import { GuestResource, type ResourceType } from './resource-type.ts';

/**
 * Resources of the guest that callers outside hold: they see a number, never the guest's own
 * representation, which they could forge. No number is given twice: one that a caller has let go of and
 * still uses must not be somebody else's resource.
 *
 * @internal
 */
export class OutsideHandles {
  readonly #resources = new Map<number, GuestResource>();
  #last = 0;

  /**
   * Replaces resources inside a lifted value by numbers. Its depth is bounded by its type.
   *
   * @throws `GuestTrap` above `MAX_HANDLES`.
   */
  export(value: unknown): unknown {
    if (value instanceof GuestResource) return this.#add(value);
    if (Array.isArray(value)) return value.map((item) => this.export(item));
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, this.export(item)]);
    return Object.fromEntries(entries);
  }

  #add(resource: GuestResource): number {
    if (this.#resources.size >= MAX_HANDLES) {
      throw new GuestTrap(`callers hold ${MAX_HANDLES} resources, and more are not allowed`);
    }
    this.#last++;
    this.#resources.set(this.#last, resource);
    return this.#last;
  }

  /** Whether a number stands for a resource of that type. */
  has(type: ResourceType, handle: number): boolean {
    return this.#resources.get(handle)?.type === type;
  }

  /**
   * What a number stands for; owning it ends with this.
   *
   * @throws `GuestTrap` for a number that stands for no resource of that type.
   */
  representation(type: ResourceType, handle: number, isOwn: boolean): number {
    const resource = this.#resources.get(handle);
    if (resource?.type !== type) throw new GuestTrap(`unknown handle ${handle}`);
    if (isOwn) this.#resources.delete(handle);
    return resource.representation;
  }
}
