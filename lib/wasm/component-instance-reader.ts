import type { Definition, NamedReference, Sort } from './component-definition.ts';
import { MAX_INSTANTIATION_STEPS, MAX_INSTANTIATIONS } from './component-limits.ts';
import { readOuterAlias } from './component-outer-alias.ts';
import {
  entityAt,
  type ReadContext,
  readCoreSort,
  readExternName,
  readName,
  readSort,
} from './component-read-context.ts';
import { renamed, type Scope, type StaticEntity } from './component-scope.ts';
import { notAdmissible } from './component-value-facts.ts';

/** Adds to what one instantiation of the component around will take. */
function charge(scope: Scope, instantiations: number, steps: number): void {
  scope.instantiations += instantiations;
  scope.steps += steps;
  if (scope.instantiations > MAX_INSTANTIATIONS) {
    throw notAdmissible('instantiations', `more than ${MAX_INSTANTIATIONS} instances are made`);
  }
  if (scope.steps > MAX_INSTANTIATION_STEPS) {
    throw notAdmissible('instantiations', `more than ${MAX_INSTANTIATION_STEPS} steps to start`);
  }
}

/**
 * Counts steps of instantiating the component that is being read.
 *
 * @throws `VALIDATION_ERROR` above `MAX_INSTANTIATION_STEPS`.
 * @internal
 */
export function chargeSteps(scope: Scope, steps: number): void {
  charge(scope, 0, steps);
}

/**
 * Reads a definition of a core instance.
 *
 * @internal
 */
export function readCoreInstance(context: ReadContext): Definition {
  const { reader, scope } = context;
  const form = reader.u8();
  if (form === 0x01) return readCoreExports(context);
  if (form !== 0x00) reader.fail('unknown form of core instance');
  const index = reader.u32();
  const { module } = entityAt(context, 'core-module', index);
  const args = reader.list(() => {
    const name = readName(reader);
    if (reader.u8() !== 0x12) reader.fail('a core module takes instances only');
    const instance = reader.u32();
    entityAt(context, 'core-instance', instance);
    return { name, instance };
  });
  scope.moduleCounts.set(module, (scope.moduleCounts.get(module) ?? 0) + 1);
  charge(scope, 1, 0);
  scope.add({ sort: 'core-instance', module });
  return { kind: 'core-instantiate', module: index, args };
}

function readCoreExports(context: ReadContext): Definition {
  const { reader, scope } = context;
  const shape = new Map<string, StaticEntity>();
  const exports = reader.list((): NamedReference => {
    const name = readName(reader);
    const sort = readCoreSort(reader);
    const index = reader.u32();
    if (sort === 'core-module' || sort === 'core-instance')
      reader.fail('a core export of no value');
    const entity = entityAt(context, sort, index);
    if (shape.has(name)) reader.fail('a core export is given twice');
    shape.set(name, entity);
    return { name, sort, index };
  });
  scope.add({ sort: 'core-instance', exports: shape });
  return { kind: 'core-exports', exports };
}

/**
 * Reads a reference to something already defined.
 *
 * @internal
 */
export function readReference(
  context: ReadContext,
  name: string,
): readonly [reference: NamedReference, entity: StaticEntity] {
  const sort = readSort(context.reader);
  const index = context.reader.u32();
  return [{ name, sort, index }, entityAt(context, sort, index)];
}

/**
 * Reads a definition of a component instance.
 *
 * @internal
 */
export function readInstance(context: ReadContext): Definition {
  const { reader, scope } = context;
  const form = reader.u8();
  if (form === 0x00) return readInstantiate(context);
  if (form !== 0x01) reader.fail('unknown form of instance');
  const shape = new Map<string, StaticEntity>();
  const exports = reader.list((): NamedReference => {
    const name = readExternName(reader);
    const [reference, entity] = readReference(context, name);
    if (shape.has(name)) reader.fail('an export is given twice');
    shape.set(name, renamed(entity, name));
    return reference;
  });
  scope.add({ sort: 'instance', shape });
  return { kind: 'instance-exports', exports };
}

function readInstantiate(context: ReadContext): Definition {
  const { reader, scope } = context;
  const component = reader.u32();
  const { facts } = entityAt(context, 'component', component);
  const given = new Map<string, Sort>();
  const args = reader.list((): NamedReference => {
    const name = readName(reader);
    const [reference] = readReference(context, name);
    if (given.has(name)) reader.fail('an argument is given twice');
    given.set(name, reference.sort);
    return reference;
  });
  for (const [name, sort] of facts.imports) {
    if (given.get(name) !== sort) reader.fail(`the nested component's import ${name} is not given`);
  }
  for (const [module, count] of facts.moduleCounts) {
    scope.moduleCounts.set(module, (scope.moduleCounts.get(module) ?? 0) + count);
  }
  charge(scope, facts.instantiations + 1, facts.steps + facts.moduleCounts.size);
  scope.add({ sort: 'instance', shape: facts.exports });
  return { kind: 'instantiate', component, args };
}

/**
 * Reads an alias and adds what it stands for to the scope.
 *
 * @internal
 */
export function readAlias(context: ReadContext): Definition {
  const { reader, scope } = context;
  const sort = readSort(reader);
  const target = reader.u8();
  if (target === 0x02) return { kind: 'alias-outer', ...readOuterAlias(context, sort) };
  const instance = reader.u32();
  if (target === 0x00) {
    const { shape } = entityAt(context, 'instance', instance);
    const name = readName(reader);
    const entity = shape.get(name);
    if (entity?.sort !== sort) return reader.fail(`instance ${instance} has no ${sort} ${name}`);
    scope.add(entity);
    return { kind: 'alias-export', sort, instance, name };
  }
  if (target !== 0x01) reader.fail('unknown target of an alias');
  const { exports, module } = entityAt(context, 'core-instance', instance);
  const name = readName(reader);
  if (exports !== undefined && exports.get(name)?.sort !== sort) {
    reader.fail(`core instance ${instance} has no such ${sort}`);
  }
  if (!isCoreValue(sort)) return reader.fail(`a core instance has no ${sort}`);
  const isMemory = sort === 'core-memory' && module !== undefined;
  scope.add(exports?.get(name) ?? (isMemory ? { sort, origin: { module, name } } : { sort }));
  return { kind: 'alias-core-export', sort, instance, name };
}

/** What core modules can export, by the index spaces of components. */
type CoreValueSort = 'core-function' | 'core-table' | 'core-memory' | 'core-global';

function isCoreValue(sort: Sort): sort is CoreValueSort {
  return sort.startsWith('core-') && sort !== 'core-module' && sort !== 'core-instance';
}
