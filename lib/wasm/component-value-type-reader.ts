import type {
  NamedType,
  PrimitiveType,
  ValueTypeDefinition,
  ValueTypeUse,
  VariantCase,
} from './component-definition.ts';
import { MAX_CASES, MAX_FLAGS } from './component-limits.ts';
import { checkLabels, type ReadContext, readName, typeAt } from './component-read-context.ts';
import { joinedShape, type TypeShape } from './component-type-shape.ts';
import {
  flagsFacts,
  handleFacts,
  joinedText,
  labelsShape,
  listFacts,
  notAdmissible,
  PRIMITIVE_FACTS,
  productFacts,
  sumFacts,
  type ValueFacts,
} from './component-value-facts.ts';

const PRIMITIVES = new Map<number, PrimitiveType>([
  [0x7f, 'bool'],
  [0x7e, 's8'],
  [0x7d, 'u8'],
  [0x7c, 's16'],
  [0x7b, 'u16'],
  [0x7a, 's32'],
  [0x79, 'u32'],
  [0x78, 's64'],
  [0x77, 'u64'],
  [0x76, 'f32'],
  [0x75, 'f64'],
  [0x74, 'char'],
  [0x73, 'string'],
]);

/** Each with where it belongs. */
const UNSUPPORTED = new Map<number, readonly [name: string, home: string]>([
  [0x67, ['fixed-length list', 'a proposal of the component model, not of WASI 0.2']],
  [0x66, ['stream', 'WASI 0.3 and later']],
  [0x65, ['future', 'WASI 0.3 and later']],
  [0x64, ['error-context', 'WASI 0.3 and later']],
  [0x63, ['map', 'a proposal of the component model, not of WASI 0.2']],
]);

/** A use of a value type together with what is known of it. */
type Known<T> = readonly [use: T, facts: ValueFacts];

/**
 * Reads a value type where it is used.
 *
 * @internal
 */
export function readValueTypeUse(context: ReadContext): Known<ValueTypeUse> {
  const { reader } = context;
  const code = reader.peek();
  const primitive = PRIMITIVES.get(code);
  if (primitive !== undefined) {
    reader.u8();
    return [primitive, PRIMITIVE_FACTS[primitive]];
  }
  refuseUnsupported(code);
  // Above the opcodes begin the negative numbers; an index with that bit set takes two bytes.
  if (code >= 0x40 && code < 0x80) reader.fail(`unknown value type 0x${code.toString(16)}`);
  const index = reader.u32();
  return [index, typeAt(context, index, 'value').facts];
}

function refuseUnsupported(code: number): void {
  const unsupported = UNSUPPORTED.get(code);
  if (unsupported === undefined) return;
  const [name, home] = unsupported;
  throw notAdmissible(name, `${name} types are not supported (${home})`);
}

function readOptionalUse(context: ReadContext): Known<ValueTypeUse> | undefined {
  const present = context.reader.u8();
  if (present > 1) context.reader.fail('a flag is neither 0 nor 1');
  return present === 0 ? undefined : readValueTypeUse(context);
}

/**
 * Reads the fields of a record or the parameters of a function.
 *
 * @internal
 */
export function readNamedTypes(context: ReadContext): Known<NamedType>[] {
  const { reader } = context;
  const fields = reader.list((): Known<NamedType> => {
    const name = readName(reader);
    const [type, facts] = readValueTypeUse(context);
    return [{ name, type }, facts];
  });
  checkLabels(
    reader,
    fields.map(([field]) => field.name),
  );
  return fields;
}

function readRecord(context: ReadContext): Known<ValueTypeDefinition> {
  const fields = readNamedTypes(context);
  if (fields.length === 0) context.reader.fail('a record has no fields');
  const parts = fields.map(([field, facts]) => `${field.name}: ${facts.text}`);
  return [
    { kind: 'record', fields: fields.map(([field]) => field) },
    productFacts(
      fields.map(([, facts]) => facts),
      joinedText('record { ', parts, ' }'),
      joinedShape(
        'record { ',
        fields.map(([field, facts]) => [`${field.name}: `, facts.shape]),
        ' }',
      ),
    ),
  ];
}

function readTuple(context: ReadContext): Known<ValueTypeDefinition> {
  const types = context.reader.list(() => readValueTypeUse(context));
  // Without this an array of nothing could be as long as a number can be.
  if (types.length === 0) context.reader.fail('a tuple has no types');
  const facts = types.map(([, known]) => known);
  const text = joinedText(
    'tuple<',
    facts.map((known) => known.text),
    '>',
  );
  const shape = joinedShape(
    'tuple<',
    facts.map((known) => known.shape),
    '>',
  );
  return [{ kind: 'tuple', types: types.map(([use]) => use) }, productFacts(facts, text, shape)];
}

function readVariant(context: ReadContext): Known<ValueTypeDefinition> {
  const { reader } = context;
  const cases = reader.list((): readonly [VariantCase, ValueFacts | undefined] => {
    const name = readName(reader);
    const payload = readOptionalUse(context);
    if (reader.u8() !== 0) reader.fail('a case refines another');
    return payload === undefined ? [{ name }, undefined] : [{ name, type: payload[0] }, payload[1]];
  });
  checkCases(
    context,
    cases.map(([known]) => known.name),
  );
  const parts = cases.map(([known, facts]) =>
    facts === undefined ? known.name : `${known.name}(${facts.text})`,
  );
  return [
    { kind: 'variant', cases: cases.map(([known]) => known) },
    sumFacts(
      cases.map(([, facts]) => facts),
      joinedText('variant { ', parts, ' }'),
      joinedShape(
        'variant { ',
        cases.map(([{ name }, facts]) =>
          facts === undefined ? [name] : [`${name}(`, facts.shape, ')'],
        ),
        ' }',
      ),
    ),
  ];
}

function checkCases({ reader }: ReadContext, names: readonly string[]): void {
  if (names.length === 0) reader.fail('a type has no cases');
  if (names.length > MAX_CASES) throw notAdmissible('cases', `more than ${MAX_CASES} cases`);
  checkLabels(reader, names);
}

function readEnum(context: ReadContext): Known<ValueTypeDefinition> {
  const labels = context.reader.list(() => readName(context.reader));
  checkCases(context, labels);
  const text = joinedText('enum { ', labels, ' }');
  return [
    { kind: 'enum', labels },
    sumFacts(
      labels.map(() => undefined),
      text,
      labelsShape('enum { ', labels),
    ),
  ];
}

function readFlags({ reader }: ReadContext): Known<ValueTypeDefinition> {
  const labels = reader.list(() => readName(reader));
  if (labels.length === 0) reader.fail('flags without labels');
  if (labels.length > MAX_FLAGS) throw notAdmissible('flags', `more than ${MAX_FLAGS} flags`);
  checkLabels(reader, labels);
  return [{ kind: 'flags', labels }, flagsFacts(labels)];
}

function readResult(context: ReadContext): Known<ValueTypeDefinition> {
  const ok = readOptionalUse(context);
  const err = readOptionalUse(context);
  const texts =
    err === undefined
      ? ok === undefined
        ? 'result'
        : `result<${ok[1].text}>`
      : `result<${ok?.[1].text ?? '_'}, ${err[1].text}>`;
  return [
    {
      kind: 'result',
      ...(ok === undefined ? {} : { ok: ok[0] }),
      ...(err === undefined ? {} : { err: err[0] }),
    },
    sumFacts([ok?.[1], err?.[1]], texts, resultShape(ok?.[1].shape, err?.[1].shape)),
  ];
}

function resultShape(ok: TypeShape | undefined, err: TypeShape | undefined): TypeShape {
  if (err !== undefined) return ['result<', ok ?? '_', ', ', err, '>'];
  return ok === undefined ? ['result'] : ['result<', ok, '>'];
}

function readHandle(context: ReadContext, kind: 'own' | 'borrow'): Known<ValueTypeDefinition> {
  const resource = context.reader.u32();
  return [{ kind, resource }, handleFacts(kind, typeAt(context, resource, 'resource'))];
}

/**
 * Reads a type definition that describes values; `code` has been read.
 *
 * @throws `WASM_RUNTIME_ERROR` for bytes that are none; `VALIDATION_ERROR` for types of WASI 0.3.
 * @internal
 */
export function readValueType(context: ReadContext, code: number): Known<ValueTypeDefinition> {
  const primitive = PRIMITIVES.get(code);
  if (primitive !== undefined) {
    return [{ kind: 'primitive', name: primitive }, PRIMITIVE_FACTS[primitive]];
  }
  refuseUnsupported(code);
  switch (code) {
    case 0x72:
      return readRecord(context);
    case 0x71:
      return readVariant(context);
    case 0x70: {
      const [element, facts] = readValueTypeUse(context);
      return [{ kind: 'list', element }, listFacts(facts)];
    }
    case 0x6f:
      return readTuple(context);
    case 0x6e:
      return readFlags(context);
    case 0x6d:
      return readEnum(context);
    case 0x6b: {
      const [some, facts] = readValueTypeUse(context);
      const shape = ['option<', facts.shape, '>'];
      return [
        { kind: 'option', some },
        sumFacts([undefined, facts], `option<${facts.text}>`, shape),
      ];
    }
    case 0x6a:
      return readResult(context);
    case 0x69:
      return readHandle(context, 'own');
    case 0x68:
      return readHandle(context, 'borrow');
    default:
      return context.reader.fail(`unknown type 0x${code.toString(16)}`);
  }
}
