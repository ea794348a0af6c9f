import type { InstanceDeclaration } from '../../../lib/wasm/component-definition.ts';
import type { Codec } from './codec.ts';
import type { FunctionType } from './function-type.ts';
import type { ResourceType } from './resource-type.ts';

/**
 * An entry of the type space of one instance; resources are new with each instantiation.
 *
 * @internal
 */
export type RuntimeType =
  | { readonly kind: 'value'; readonly codec: Codec }
  | { readonly kind: 'function'; readonly type: FunctionType }
  | { readonly kind: 'resource'; readonly resource: ResourceType }
  | {
      readonly kind: 'instance';
      readonly declarations: readonly InstanceDeclaration[];
      readonly scope: TypeScope;
    }
  | { readonly kind: 'component' };

/**
 * A type space and the one around it.
 *
 * @internal
 */
export interface TypeScope {
  readonly types: readonly RuntimeType[];
  readonly parent: TypeScope | undefined;
}
