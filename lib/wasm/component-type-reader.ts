import type {
  ExternType,
  FunctionTypeDefinition,
  InstanceDeclaration,
  TypeDefinition,
  ValueTypeUse,
} from './component-definition.ts';
import { MAX_COMPONENT_DEPTH, MAX_FLAT_PARAMS } from './component-limits.ts';
import { readOuterAlias } from './component-outer-alias.ts';
import {
  countDefinition,
  entityAt,
  type ReadContext,
  readExternName,
  readName,
  readSort,
  typeAt,
} from './component-read-context.ts';
import {
  type FunctionFacts,
  renamed,
  Scope,
  type StaticEntity,
  type StaticType,
} from './component-scope.ts';
import { functionShape } from './component-type-shape.ts';
import { notAdmissible, type ValueFacts } from './component-value-facts.ts';
import { readNamedTypes, readValueType, readValueTypeUse } from './component-value-type-reader.ts';

/** A definition together with what is known of it. */
type Known<T, F> = readonly [definition: T, facts: F];

function readFunctionType(context: ReadContext): Known<FunctionTypeDefinition, FunctionFacts> {
  const { reader } = context;
  const params = readNamedTypes(context);
  const form = reader.u8();
  let result: readonly [ValueTypeUse, ValueFacts] | undefined;
  if (form === 0) result = readValueTypeUse(context);
  else if (form !== 1 || reader.u8() !== 0) {
    throw notAdmissible('named-results', 'functions with named results are not supported');
  }
  if (result?.[1].hasBorrow) reader.fail('a function returns a borrowed handle');
  let flatParamCount = 0;
  for (const [, facts] of params) {
    flatParamCount = Math.min(MAX_FLAT_PARAMS + 1, flatParamCount + facts.flatCount);
  }
  return [
    {
      kind: 'function',
      params: params.map(([param]) => param),
      ...(result === undefined ? {} : { result: result[0] }),
    },
    {
      params: params.map(([, facts]) => facts.text),
      results: result === undefined ? [] : [result[1].text],
      flatParamCount,
      flatResultCount: result?.[1].flatCount ?? 0,
      paramsHavePointer: params.some(([, facts]) => facts.hasPointer),
      resultHasPointer: result?.[1].hasPointer ?? false,
      shape: functionShape(
        params.map(([, facts]) => facts.shape),
        result?.[1].shape,
      ),
    },
  ];
}

/**
 * Reads what an import or export is declared to be, and what it then stands for.
 *
 * @param name - becomes the text of a resource.
 * @internal
 */
export function readExternType(
  context: ReadContext,
  name: string,
): Known<ExternType, StaticEntity> {
  const { reader } = context;
  const code = reader.u8();
  switch (code) {
    case 0x01: {
      const type = reader.u32();
      const { facts } = typeAt(context, type, 'function');
      return [
        { kind: 'function', type },
        { sort: 'function', facts },
      ];
    }
    case 0x03:
      return readTypeBound(context, name);
    case 0x05: {
      const type = reader.u32();
      const { shape } = typeAt(context, type, 'instance');
      return [
        { kind: 'instance', type },
        { sort: 'instance', shape },
      ];
    }
    case 0x00:
    case 0x04:
      throw notAdmissible('module-linking', 'modules and components cannot be imported');
    case 0x02:
      throw notAdmissible('values', 'value definitions are not supported');
    default:
      return reader.fail(`unknown kind of import or export 0x${code.toString(16)}`);
  }
}

function readTypeBound(context: ReadContext, name: string): Known<ExternType, StaticEntity> {
  const { reader } = context;
  const bound = reader.u8();
  if (bound === 1) {
    const type: StaticType = { kind: 'resource', name, isLocal: false };
    return [{ kind: 'resource' }, { sort: 'type', type }];
  }
  if (bound !== 0) reader.fail('unknown bound of a type');
  const type = reader.u32();
  return [{ kind: 'type', type }, renamed(entityAt(context, 'type', type), name)];
}

/** Reads one declaration of an instance or component type into its scope. */
function readDeclaration(
  context: ReadContext,
  isComponent: boolean,
): InstanceDeclaration | undefined {
  const { reader, scope, totals } = context;
  countDefinition(totals);
  const code = reader.u8();
  switch (code) {
    case 0x00:
      throw notAdmissible('core-type', 'core type definitions are not supported');
    case 0x01: {
      const [type, facts] = readType(context);
      scope.add({ sort: 'type', type: facts });
      return { kind: 'type', type };
    }
    case 0x02:
      return readAliasDeclaration(context, isComponent);
    case 0x03:
    case 0x04: {
      if (code === 0x03 && !isComponent) reader.fail('an instance type has an import');
      const name = readExternName(reader);
      const [extern, entity] = readExternType(context, name);
      if (entity.sort === 'instance' && !isComponent) {
        throw notAdmissible(
          'nested-instance',
          'instances within imported instances are not supported',
        );
      }
      scope.add(entity);
      if (code === 0x03) return undefined;
      if (scope.exports.has(name)) reader.fail(`export ${name} is declared twice`);
      scope.exports.set(name, entity);
      return { kind: 'export', name, extern };
    }
    default:
      return reader.fail(`unknown declaration 0x${code.toString(16)}`);
  }
}

function readAliasDeclaration(
  context: ReadContext,
  isComponent: boolean,
): InstanceDeclaration | undefined {
  const { reader, scope } = context;
  const sort = readSort(reader);
  const target = reader.u8();
  if (target === 0x02) {
    const alias = readOuterAlias(context, sort);
    if (alias.sort !== 'type') {
      throw notAdmissible('module-linking', 'a type declares a module or component');
    }
    return { kind: 'outer', count: alias.count, index: alias.index };
  }
  if (target !== 0x00 || !isComponent) reader.fail('an alias that a type cannot have');
  const { shape } = entityAt(context, 'instance', reader.u32());
  const name = readName(reader);
  const entity = shape.get(name);
  if (entity?.sort !== sort) return reader.fail(`unknown export ${name}`);
  scope.add(entity);
  return undefined;
}

function readDeclarations(
  context: ReadContext,
  isComponent: boolean,
): readonly [declarations: InstanceDeclaration[], scope: Scope] {
  const scope = new Scope(context.scope);
  if (scope.depth > MAX_COMPONENT_DEPTH) {
    throw notAdmissible('nesting', `types are nested deeper than ${MAX_COMPONENT_DEPTH}`);
  }
  const inner = { ...context, scope };
  const declarations = context.reader.list(() => readDeclaration(inner, isComponent));
  return [declarations.filter((declaration) => declaration !== undefined), scope];
}

/**
 * Reads a type definition.
 *
 * @throws `WASM_RUNTIME_ERROR` for bytes that are none; `VALIDATION_ERROR` for unsupported types.
 * @internal
 */
export function readType(context: ReadContext): Known<TypeDefinition, StaticType> {
  const { reader } = context;
  const code = reader.u8();
  switch (code) {
    case 0x40: {
      const [type, facts] = readFunctionType(context);
      return [type, { kind: 'function', facts }];
    }
    case 0x41:
      readDeclarations(context, true);
      return [{ kind: 'component-type' }, { kind: 'component' }];
    case 0x42: {
      const from = reader.offset;
      const [declarations, { exports }] = readDeclarations(context, false);
      return [
        { kind: 'instance-type', declarations },
        { kind: 'instance', shape: exports, steps: reader.offset - from },
      ];
    }
    case 0x3f:
      return readResource(context);
    case 0x3e:
    case 0x43:
      throw notAdmissible('async', 'async functions are not supported (WASI 0.3 and later)');
    default: {
      const [type, facts] = readValueType(context, code);
      return [type, { kind: 'value', facts }];
    }
  }
}

function readResource(context: ReadContext): Known<TypeDefinition, StaticType> {
  const { reader } = context;
  if (reader.u8() !== 0x7f) reader.fail('a resource is not represented as i32');
  const type: StaticType = { kind: 'resource', name: 'resource', isLocal: true };
  const hasDestructor = reader.u8();
  if (hasDestructor > 1) reader.fail('a flag is neither 0 nor 1');
  if (hasDestructor === 0) return [{ kind: 'resource' }, type];
  const destructor = reader.u32();
  entityAt(context, 'core-function', destructor);
  return [{ kind: 'resource', destructor }, type];
}
