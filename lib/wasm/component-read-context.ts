import type { ByteReader } from './byte-reader.ts';
import type { Sort } from './component-definition.ts';
import { MAX_DEFINITIONS, MAX_NAME_BYTES } from './component-limits.ts';
import type { CoreMemoryOrigin, Scope, StaticEntity, StaticType } from './component-scope.ts';
import { isLabel, notAdmissible } from './component-value-facts.ts';

/** What is counted over the whole file while it is read. */
interface ReadTotals {
  definitions: number;
  readonly coreModules: Uint8Array[];
  /** Memories that canonical options name. */
  readonly canonicalMemories: Set<CoreMemoryOrigin>;
}

/**
 * A place in the bytes together with the scope that indices refer to.
 *
 * @internal
 */
export interface ReadContext {
  readonly reader: ByteReader;
  readonly scope: Scope;
  readonly totals: ReadTotals;
}

/**
 * Counts one more definition.
 *
 * @throws `VALIDATION_ERROR` above `MAX_DEFINITIONS`.
 * @internal
 */
export function countDefinition(totals: ReadTotals): void {
  totals.definitions++;
  if (totals.definitions > MAX_DEFINITIONS) {
    throw notAdmissible('definitions', `more than ${MAX_DEFINITIONS} definitions`);
  }
}

/**
 * An entry of an index space.
 *
 * @throws `WASM_RUNTIME_ERROR` when there is none.
 * @internal
 */
export function entityAt<S extends Sort>(
  { reader, scope }: ReadContext,
  sort: S,
  index: number,
): Extract<StaticEntity, { readonly sort: S }> {
  return scope.find(sort, index) ?? reader.fail(`unknown ${sort} ${index}`);
}

/**
 * An entry of the type space that must be of one kind.
 *
 * @throws `WASM_RUNTIME_ERROR` when it is not.
 * @internal
 */
export function typeAt<K extends StaticType['kind']>(
  context: ReadContext,
  index: number,
  kind: K,
): Extract<StaticType, { readonly kind: K }> {
  const { type } = entityAt(context, 'type', index);
  if (type.kind !== kind) return context.reader.fail(`type ${index} is not a ${kind} type`);
  return type as Extract<StaticType, { readonly kind: K }>;
}

/**
 * A name of bounded length.
 *
 * @throws `VALIDATION_ERROR` above `MAX_NAME_BYTES`.
 * @internal
 */
export function readName(reader: ByteReader): string {
  const at = reader.offset;
  const length = reader.u32();
  reader.offset = at;
  if (length > MAX_NAME_BYTES) {
    throw notAdmissible('name-length', `a name is longer than ${MAX_NAME_BYTES} bytes`);
  }
  return reader.name();
}

/**
 * The name of an import or export of a component.
 *
 * @internal
 */
export function readExternName(reader: ByteReader): string {
  const form = reader.u8();
  // 0x01 once marked interface names; the bytes that follow are the same.
  if (form > 1) reader.fail(`unknown form of name 0x${form.toString(16)}`);
  return readName(reader);
}

/**
 * Labels of fields, cases and parameters: kebab-case and distinct whatever their letters' case, so
 * that no two become one in JavaScript.
 *
 * @throws `WASM_RUNTIME_ERROR` when they are not.
 * @internal
 */
export function checkLabels(reader: ByteReader, labels: readonly string[]): void {
  const seen = new Set<string>();
  for (const label of labels) {
    if (!isLabel(label)) reader.fail('a label is not in kebab case');
    const folded = label.toLowerCase();
    if (seen.has(folded)) reader.fail(`label ${label} is used twice`);
    seen.add(folded);
  }
}

const CORE_SORTS = new Map<number, Sort>([
  [0x00, 'core-function'],
  [0x01, 'core-table'],
  [0x02, 'core-memory'],
  [0x03, 'core-global'],
  [0x11, 'core-module'],
  [0x12, 'core-instance'],
]);

const SORTS = new Map<number, Sort>([
  [0x01, 'function'],
  [0x03, 'type'],
  [0x04, 'component'],
  [0x05, 'instance'],
]);

/**
 * The sort of a core definition.
 *
 * @internal
 */
export function readCoreSort(reader: ByteReader): Sort {
  const code = reader.u8();
  const sort = CORE_SORTS.get(code);
  if (sort !== undefined) return sort;
  if (code === 0x04 || code === 0x10) {
    throw notAdmissible('core-sort', 'exception tags and core types are not supported');
  }
  return reader.fail(`unknown core sort 0x${code.toString(16)}`);
}

/**
 * The sort of any definition.
 *
 * @internal
 */
export function readSort(reader: ByteReader): Sort {
  const code = reader.u8();
  if (code === 0x00) return readCoreSort(reader);
  if (code === 0x02) throw notAdmissible('values', 'value definitions are not supported');
  return SORTS.get(code) ?? reader.fail(`unknown sort 0x${code.toString(16)}`);
}
