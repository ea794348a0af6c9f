import type { ExportFact } from './admitted-module.ts';
import { ByteReader } from './byte-reader.ts';
import { borderFacts, type ComponentImport } from './component-border-facts.ts';
import { readCanon } from './component-canon-reader.ts';
import type { ComponentDefinition, Definition } from './component-definition.ts';
import {
  chargeSteps,
  readAlias,
  readCoreInstance,
  readInstance,
  readReference,
} from './component-instance-reader.ts';
import { MAX_COMPONENT_DEPTH } from './component-limits.ts';
import { countDefinition, type ReadContext, readExternName } from './component-read-context.ts';
import {
  type CoreMemoryOrigin,
  declaredAs,
  renamed,
  Scope,
  type StaticEntity,
} from './component-scope.ts';
import { readExternType, readType } from './component-type-reader.ts';
import { notAdmissible } from './component-value-facts.ts';

/**
 * What a component is found to be before anything of it runs.
 *
 * @internal
 */
export interface ParsedComponent {
  readonly definition: ComponentDefinition;
  /** Slices of the given bytes, in the order that the definition numbers them. */
  readonly coreModules: readonly Uint8Array[];
  /** One per imported function; `module` is empty for functions outside an interface. */
  readonly imports: readonly ComponentImport[];
  /** One per exported function, `interface#function` for those of an interface. */
  readonly exports: readonly ExportFact[];
  /** One per exported resource type: `[resource-drop]name`, with its interface. */
  readonly drops: readonly string[];
  /** The memories that values cross. */
  readonly canonicalMemories: readonly CoreMemoryOrigin[];
  /** Per core module: how many instances of it one instantiation makes. */
  readonly coreInstantiations: readonly number[];
}

// Version 13 of the format, layer 1: what WASI 0.2 fixed and every toolchain since writes.
const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

function readPreamble(reader: ByteReader): void {
  for (const byte of PREAMBLE) if (reader.u8() !== byte) reader.fail('not a component');
}

function readImport(context: ReadContext): Definition {
  const { reader, scope } = context;
  const name = readExternName(reader);
  const [extern, entity] = readExternType(context, name);
  if (scope.imports.has(name)) reader.fail('an import is declared twice');
  scope.imports.set(name, entity.sort);
  if (extern.kind === 'instance') {
    const type = scope.find('type', extern.type)?.type;
    if (type?.kind === 'instance') chargeSteps(scope, type.steps);
  }
  scope.add(entity);
  return { kind: 'import', name, extern };
}

function readExport(context: ReadContext): Definition {
  const { reader, scope } = context;
  const name = readExternName(reader);
  const [reference, entity] = readReference(context, name);
  let declared: StaticEntity = entity;
  const hasType = reader.u8();
  if (hasType > 1) reader.fail('a flag is neither 0 nor 1');
  if (hasType === 1) {
    [, declared] = readExternType(context, name);
    if (declared.sort !== reference.sort) reader.fail('an export is declared as another sort');
  }
  if (scope.exports.has(name)) reader.fail('an export is given twice');
  const named = renamed(declaredAs(entity, declared), name);
  // Listing the exports visits every member of an exported instance.
  if (named.sort === 'instance') chargeSteps(scope, named.shape.size);
  scope.exports.set(name, named);
  scope.add(named);
  return { kind: 'export', reference };
}

function readNested(context: ReadContext): Definition {
  const scope = new Scope(context.scope);
  readPreamble(context.reader);
  const component = readDefinitions({ ...context, scope });
  const { imports, exports, moduleCounts, instantiations, steps } = scope;
  const facts = { imports, exports, moduleCounts, instantiations, steps };
  context.scope.add({ sort: 'component', facts });
  return { kind: 'component', component };
}

function readCoreModule({ reader, scope, totals }: ReadContext): Definition {
  const module = totals.coreModules.length;
  totals.coreModules.push(reader.take(reader.end - reader.offset));
  scope.add({ sort: 'core-module', module });
  return { kind: 'core-module', module };
}

function readTypeDefinition(context: ReadContext): Definition {
  const [type, facts] = readType(context);
  context.scope.add({ sort: 'type', type: facts });
  return { kind: 'type', type };
}

/** Sections that are a list of definitions of one kind. */
const LIST_SECTIONS = new Map<number, (context: ReadContext) => Definition>([
  [2, readCoreInstance],
  [5, readInstance],
  [6, readAlias],
  [7, readTypeDefinition],
  [8, readCanon],
  [10, readImport],
  [11, readExport],
]);

/** Sections that are one definition. */
const SINGLE_SECTIONS = new Map<number, (context: ReadContext) => Definition>([
  [1, readCoreModule],
  [4, readNested],
]);

const UNSUPPORTED_SECTIONS = new Map<number, string>([
  [3, 'core-type'],
  [9, 'start'],
  [12, 'values'],
]);

function readDefinitions(context: ReadContext): ComponentDefinition {
  const { scope, totals } = context;
  if (scope.depth > MAX_COMPONENT_DEPTH) {
    throw notAdmissible('nesting', `components are nested deeper than ${MAX_COMPONENT_DEPTH}`);
  }
  const definitions: Definition[] = [];
  while (!context.reader.isAtEnd) {
    const id = context.reader.u8();
    const reader = context.reader.slice(context.reader.u32());
    if (id === 0) continue;
    const section = { ...context, reader };
    const read = LIST_SECTIONS.get(id);
    const readOne = SINGLE_SECTIONS.get(id);
    const add = (readDefinition: (at: ReadContext) => Definition): void => {
      const from = reader.offset;
      countDefinition(totals);
      definitions.push(readDefinition(section));
      // A core module is compiled once, however often it is instantiated.
      chargeSteps(scope, readOne === undefined ? reader.offset - from : 1);
    };
    if (read !== undefined) {
      for (let left = reader.count(); left > 0; left--) add(read);
    } else if (readOne !== undefined) add(readOne);
    else {
      const feature = UNSUPPORTED_SECTIONS.get(id);
      if (feature === undefined) return reader.fail(`unknown component section ${id}`);
      throw notAdmissible(feature, `${feature} sections are not supported`);
    }
    if (!reader.isAtEnd) reader.fail(`component section ${id} is longer than its content`);
  }
  return { definitions };
}

/**
 * Reads and checks a component: every index refers to something, every type is of bounded size and
 * every instantiation is counted, so that what follows can trust the definition's shape.
 *
 * @throws `WASM_RUNTIME_ERROR` for malformed bytes; `VALIDATION_ERROR` with `details.feature` for what
 *   is well formed but not supported, such as the async types of WASI 0.3.
 * @internal
 */
export function readComponent(bytes: Uint8Array): ParsedComponent {
  const reader = new ByteReader(bytes);
  const scope = new Scope(undefined);
  const canonicalMemories = new Set<CoreMemoryOrigin>();
  const totals = { definitions: 0, coreModules: [], canonicalMemories };
  readPreamble(reader);
  const definition = readDefinitions({ reader, scope, totals });
  const coreModules: readonly Uint8Array[] = totals.coreModules;
  return {
    definition,
    coreModules,
    ...borderFacts(definition, scope),
    canonicalMemories: [...canonicalMemories],
    coreInstantiations: coreModules.map((_, module) => scope.moduleCounts.get(module) ?? 0),
  };
}
