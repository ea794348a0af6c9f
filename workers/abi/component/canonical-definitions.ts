import type { CanonicalOptions, Definition } from '../../../lib/wasm/component-definition.ts';
import { CanonicalContext } from './canonical-context.ts';
import type { ComponentInstance } from './component-instance.ts';
import { type CoreFunction, LiftedFunction } from './lift-function.ts';
import { lowerFunction } from './lower-function.ts';
import { resourceDrop, resourceNew, resourceRep } from './resource-functions.ts';
import type { RuntimeExtern, RuntimeScope } from './runtime-scope.ts';
import { evaluateType } from './type-definition-evaluation.ts';
import { runtimeType } from './type-evaluation.ts';

/** Definitions that make something out of types and functions alone. */
type EvaluatedDefinition = Extract<
  Definition,
  { kind: 'type' | 'lift' | 'lower' | 'resource-new' | 'resource-drop' | 'resource-rep' }
>;

type LiftDefinition = Extract<Definition, { kind: 'lift' }>;

const RESOURCE_FUNCTIONS = {
  'resource-new': resourceNew,
  'resource-drop': resourceDrop,
  'resource-rep': resourceRep,
};

/** What it needs is looked up now, and it is made when it is needed. */
function contextOf(
  { encoding, memory, realloc }: CanonicalOptions,
  instance: ComponentInstance,
  scope: RuntimeScope,
): () => CanonicalContext {
  const itsMemory = memory === undefined ? undefined : scope.get('core-memory', memory);
  const itsRealloc = realloc === undefined ? undefined : scope.get('core-function', realloc);
  return () => new CanonicalContext(instance, encoding, itsMemory, itsRealloc);
}

function lifted(
  { coreFunction, type, options }: LiftDefinition,
  instance: ComponentInstance,
  scope: RuntimeScope,
): LiftedFunction {
  const { postReturn } = options;
  return new LiftedFunction(
    runtimeType(scope, type, 'function').type,
    scope.get('core-function', coreFunction),
    contextOf(options, instance, scope)(),
    postReturn === undefined ? undefined : scope.get('core-function', postReturn),
  );
}

/**
 * Makes what a type or a canonical definition stands for in one instance.
 *
 * @internal
 */
export function evaluateDefinition(
  definition: EvaluatedDefinition,
  instance: ComponentInstance,
  scope: RuntimeScope,
): RuntimeExtern {
  switch (definition.kind) {
    case 'type': {
      const coreFunctions = (index: number): CoreFunction => scope.get('core-function', index);
      const value = evaluateType(scope, definition.type, instance, coreFunctions);
      return { sort: 'type', value };
    }
    case 'lift':
      return { sort: 'function', value: lifted(definition, instance, scope) };
    case 'lower': {
      const target = scope.get('function', definition.function);
      const context = contextOf(definition.options, instance, scope);
      return { sort: 'core-function', value: lowerFunction(target, instance, context) };
    }
    case 'resource-new':
    case 'resource-drop':
    case 'resource-rep':
      break;
  }
  const { resource } = runtimeType(scope, definition.type, 'resource');
  return { sort: 'core-function', value: RESOURCE_FUNCTIONS[definition.kind](instance, resource) };
}
