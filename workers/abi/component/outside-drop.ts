import { GuestTrap } from '../../guest-failure.ts';
import { type ComponentFunction, FunctionType } from './function-type.ts';
import { HandleCodec } from './handle-codec.ts';
import { destroyResource } from './resource-functions.ts';
import { GuestResource, type ResourceType } from './resource-type.ts';

/**
 * `[resource-drop]name` for callers outside, which no component exports itself: how they let go of a
 * resource of the guest. There is none for resources of the host.
 *
 * @internal
 */
export function outsideDrop(resource: ResourceType): ComponentFunction | undefined {
  const { owner } = resource;
  if (owner === undefined) return undefined;
  const { tree } = owner;
  return {
    type: new FunctionType(['self'], [new HandleCodec('own', resource)], undefined),
    call([self]) {
      try {
        if (self instanceof GuestResource)
          destroyResource(resource, self.representation, undefined);
        else if (typeof self === 'number') {
          const representation = tree.outside.representation(resource, self, true);
          destroyResource(resource, representation, undefined);
        } else throw new GuestTrap('a handle is no number');
      } catch (thrown) {
        throw tree.fail(thrown);
      }
    },
  };
}
