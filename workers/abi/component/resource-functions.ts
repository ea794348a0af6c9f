import { GuestTrap } from '../../guest-failure.ts';
import type { ComponentInstance } from './component-instance.ts';
import type { CoreFunction } from './lift-function.ts';
import type { ResourceType } from './resource-type.ts';

function handleOf(value: unknown): number {
  if (typeof value !== 'number') throw new GuestTrap('a core function has the wrong signature');
  return value >>> 0;
}

/** Makes failures final before they are thrown into the guest. */
function guarded(instance: ComponentInstance, run: (value: unknown) => unknown): CoreFunction {
  return (value) => {
    try {
      instance.assertMayLeave();
      return instance.tree.inHost(() => run(value));
    } catch (thrown) {
      throw instance.tree.fail(thrown);
    }
  };
}

/**
 * Ends a resource: runs the destructor of the guest that defines it, or disposes of the host's object.
 *
 * @param from - the instance that let go of it; undefined for callers outside.
 * @internal
 */
export function destroyResource(
  type: ResourceType,
  representation: unknown,
  from: ComponentInstance | undefined,
): void {
  const { owner, destructor } = type;
  if (owner === undefined) {
    (representation as Partial<Disposable>)[Symbol.dispose]?.();
    return;
  }
  if (destructor === undefined) return;
  const run = (): unknown => owner.tree.inGuest(() => destructor(Number(representation)));
  if (owner === from) {
    run();
    return;
  }
  owner.tree.assertAlive();
  if (owner.isEntered) throw new GuestTrap('a component instance was entered again');
  owner.isEntered = true;
  run();
  owner.isEntered = false;
}

/**
 * `canon resource.drop`.
 *
 * @internal
 */
export function resourceDrop(instance: ComponentInstance, type: ResourceType): CoreFunction {
  return guarded(instance, (value) => {
    const { scope, representation } = instance.handles.remove(type, handleOf(value));
    if (scope === undefined) destroyResource(type, representation, instance);
  });
}

function assertOwner(instance: ComponentInstance, type: ResourceType): void {
  if (type.owner !== instance) throw new GuestTrap(`${type.name} is defined by another component`);
}

/**
 * `canon resource.new`.
 *
 * @internal
 */
export function resourceNew(instance: ComponentInstance, type: ResourceType): CoreFunction {
  assertOwner(instance, type);
  return guarded(instance, (value) => instance.handles.add(type, handleOf(value) | 0));
}

/**
 * `canon resource.rep`.
 *
 * @internal
 */
export function resourceRep(instance: ComponentInstance, type: ResourceType): CoreFunction {
  assertOwner(instance, type);
  return guarded(instance, (value) => instance.handles.get(type, handleOf(value)).representation);
}
