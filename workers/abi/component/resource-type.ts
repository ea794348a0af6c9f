import type { ComponentInstance } from './component-instance.ts';

/**
 * One resource type of one instantiation; two are the same only if they are the same object.
 *
 * @internal
 */
export interface ResourceType {
  readonly name: string;
  /** The instance that defines it; undefined for resources of the host. */
  readonly owner: ComponentInstance | undefined;
  readonly destructor: ((representation: number) => unknown) | undefined;
}

/**
 * A resource of a guest while it is between two instances or in the host's hands.
 *
 * @internal
 */
export class GuestResource {
  readonly type: ResourceType;
  readonly representation: number;
  constructor(type: ResourceType, representation: number) {
    this.type = type;
    this.representation = representation;
  }
}
