import type { CanonicalOptions, Definition } from './component-definition.ts';
import { MAX_FLAT_PARAMS, MAX_FLAT_RESULTS } from './component-limits.ts';
import { entityAt, type ReadContext, typeAt } from './component-read-context.ts';
import type { FunctionFacts } from './component-scope.ts';
import { notAdmissible } from './component-value-facts.ts';

const ENCODINGS = ['utf8', 'utf16', 'latin1+utf16'] as const;

type OptionKey = keyof CanonicalOptions;

function readOptions(context: ReadContext): CanonicalOptions {
  const { reader } = context;
  const options: { -readonly [K in OptionKey]?: CanonicalOptions[K] } = {};
  const set = <K extends OptionKey>(key: K, value: CanonicalOptions[K]): void => {
    if (options[key] !== undefined) reader.fail(`canonical option ${key} is given twice`);
    options[key] = value;
  };
  reader.list(() => {
    const code = reader.u8();
    const encoding = ENCODINGS[code];
    if (encoding !== undefined) set('encoding', encoding);
    else if (code === 0x03) {
      const memory = reader.u32();
      const { origin } = entityAt(context, 'core-memory', memory);
      if (origin !== undefined) context.totals.canonicalMemories.add(origin);
      set('memory', memory);
    } else if (code === 0x04 || code === 0x05) {
      const index = reader.u32();
      entityAt(context, 'core-function', index);
      set(code === 0x04 ? 'realloc' : 'postReturn', index);
    } else if (code >= 0x06 && code <= 0x09) {
      throw notAdmissible('async', 'async and GC canonical options are not supported');
    } else reader.fail(`unknown canonical option 0x${code.toString(16)}`);
  });
  return { encoding: 'utf8', ...options };
}

/** What crosses memory needs a memory, and what arrives there also needs an allocator. */
function checkOptions(
  { reader }: ReadContext,
  facts: FunctionFacts,
  options: CanonicalOptions,
  direction: 'lift' | 'lower',
): void {
  const spillsParams = facts.flatParamCount > MAX_FLAT_PARAMS;
  const spillsResult = facts.flatResultCount > MAX_FLAT_RESULTS;
  const usesMemory =
    spillsParams || spillsResult || facts.paramsHavePointer || facts.resultHasPointer;
  if (usesMemory && options.memory === undefined) reader.fail(`canon ${direction} needs a memory`);
  const allocates =
    direction === 'lift' ? spillsParams || facts.paramsHavePointer : facts.resultHasPointer;
  if (allocates && options.realloc === undefined) reader.fail(`canon ${direction} needs a realloc`);
  if (direction === 'lower' && options.postReturn !== undefined) {
    reader.fail('canon lower has a post-return');
  }
}

function readLift(context: ReadContext): Definition {
  const { reader, scope } = context;
  if (reader.u8() !== 0x00) reader.fail('canon lift of something that is no function');
  const coreFunction = reader.u32();
  entityAt(context, 'core-function', coreFunction);
  const options = readOptions(context);
  const type = reader.u32();
  const { facts } = typeAt(context, type, 'function');
  checkOptions(context, facts, options, 'lift');
  scope.add({ sort: 'function', facts });
  return { kind: 'lift', coreFunction, type, options };
}

function readLower(context: ReadContext): Definition {
  const { reader, scope } = context;
  if (reader.u8() !== 0x00) reader.fail('canon lower of something that is no function');
  const index = reader.u32();
  const { facts } = entityAt(context, 'function', index);
  const options = readOptions(context);
  checkOptions(context, facts, options, 'lower');
  scope.add({ sort: 'core-function' });
  return { kind: 'lower', function: index, options };
}

/**
 * Reads one canonical definition and adds what it makes to the scope.
 *
 * @throws `VALIDATION_ERROR` for the built-ins of WASI 0.3.
 * @internal
 */
export function readCanon(context: ReadContext): Definition {
  const { reader, scope } = context;
  const code = reader.u8();
  if (code === 0x00) return readLift(context);
  if (code === 0x01) return readLower(context);
  if (code > 0x04) {
    if (code > 0x60) reader.fail(`unknown canonical definition 0x${code.toString(16)}`);
    throw notAdmissible('async', 'async built-ins are not supported (WASI 0.3 and later)');
  }
  const type = reader.u32();
  const resource = typeAt(context, type, 'resource');
  // Only the component that defines a resource may look behind its handles.
  if (code !== 0x03 && !resource.isLocal) reader.fail(`resource ${type} is not defined here`);
  scope.add({ sort: 'core-function' });
  if (code === 0x02) return { kind: 'resource-new', type };
  return { kind: code === 0x03 ? 'resource-drop' : 'resource-rep', type };
}
