import type { ExportFact, ImportFact } from './admitted-module.ts';
import type { ComponentDefinition } from './component-definition.ts';
import { MAX_BORDER_FUNCTIONS } from './component-limits.ts';
import type { FunctionFacts, InstanceShape, Scope, StaticEntity } from './component-scope.ts';
import type { TypeShape } from './component-type-shape.ts';
import { notAdmissible } from './component-value-facts.ts';
import { isRequestHandler } from './request-handler.ts';

/** Throws rather than let one widely used interface type be listed once per import of it. */
function checkCount(count: number): void {
  if (count > MAX_BORDER_FUNCTIONS) {
    throw notAdmissible('functions', `more than ${MAX_BORDER_FUNCTIONS} imported or exported`);
  }
}

/**
 * A function that a component imports, and the type that it declares for it.
 *
 * @internal
 */
export interface ComponentImport extends ImportFact {
  readonly shape: TypeShape;
}

function importFacts({ definitions }: ComponentDefinition, scope: Scope): ComponentImport[] {
  const facts: ComponentImport[] = [];
  const add = (module: string, name: string, { shape }: FunctionFacts): void => {
    facts.push({ module, name, kind: 'function', shape });
    checkCount(facts.length);
  };
  const instances = importedInstances(definitions, scope);
  for (const definition of definitions) {
    if (definition.kind !== 'import') continue;
    const { name, extern } = definition;
    if (extern.kind === 'function') {
      const type = scope.find('type', extern.type)?.type;
      if (type?.kind === 'function') add('', name, type.facts);
    }
    for (const [member, entity] of instances.get(name) ?? []) {
      if (entity.sort === 'function') add(name, member, entity.facts);
    }
  }
  return facts;
}

function importedInstances(
  definitions: ComponentDefinition['definitions'],
  scope: Scope,
): Map<string, InstanceShape> {
  const instances = new Map<string, InstanceShape>();
  for (const definition of definitions) {
    if (definition.kind !== 'import' || definition.extern.kind !== 'instance') continue;
    const type = scope.find('type', definition.extern.type)?.type;
    if (type?.kind === 'instance') instances.set(definition.name, type.shape);
  }
  return instances;
}

function exportFact(name: string, { params, results }: FunctionFacts): ExportFact {
  return { name, kind: 'function', params, results };
}

/** What callers outside may call. */
interface ExportedFacts {
  readonly exports: readonly ExportFact[];
  /** `[resource-drop]name`, with its interface, of each exported resource type. */
  readonly drops: readonly string[];
}

function exportedFacts(scope: Scope): ExportedFacts {
  const exports: ExportFact[] = [];
  const drops: string[] = [];
  const add = (prefix: string, name: string, entity: StaticEntity): void => {
    if (entity.sort === 'function') exports.push(exportFact(`${prefix}${name}`, entity.facts));
    if (entity.sort === 'type' && entity.type.kind === 'resource') {
      drops.push(`${prefix}[resource-drop]${name}`);
    }
    checkCount(exports.length + drops.length);
  };
  for (const [name, entity] of scope.exports) {
    add('', name, entity);
    // The resources of the handler of requests are the host's, and it keeps no instance for callers.
    if (entity.sort !== 'instance') continue;
    const isServed = isRequestHandler(`${name}#handle`);
    for (const [member, inner] of entity.shape) {
      if (!isServed || inner.sort !== 'type') add(`${name}#`, member, inner);
    }
  }
  return { exports, drops };
}

/**
 * The functions that a component takes from outside and gives to it, and the resources that it gives.
 *
 * @throws `VALIDATION_ERROR` above `MAX_BORDER_FUNCTIONS`.
 * @internal
 */
export function borderFacts(
  definition: ComponentDefinition,
  scope: Scope,
): ExportedFacts & { readonly imports: readonly ComponentImport[] } {
  return { imports: importFacts(definition, scope), ...exportedFacts(scope) };
}
