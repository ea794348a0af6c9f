/** The callers outside of a component, who hold numbers for its resources. */
interface OutsideHolders {
  has(type: ResourceType, handle: number): boolean;
  representation(type: ResourceType, handle: number, isOwn: boolean): number;
}

/**
 * What a resource type needs of the component instance that defines it. Instances keep handles, and
 * those are typed by resource types: the whole class here would close a circle.
 */
interface ResourceOwner {
  isEntered: boolean;
  readonly tree: {
    readonly outside: OutsideHolders;
    assertAlive(): void;
    fail(cause: unknown): unknown;
    inGuest<T>(run: () => T): T;
  };
}

/**
 * One resource type of one instantiation; two are the same only if they are the same object.
 *
 * @internal
 */
export interface ResourceType {
  readonly name: string;
  /** The instance that defines it; undefined for resources of the host. */
  readonly owner: ResourceOwner | undefined;
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
