import { type BodyFindings, BodySurvey, type CallShapes } from './body-survey.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteSplicer } from './byte-splicer.ts';
import { CORE_CEILINGS, MAX_COMPILE_WEIGHT } from './core-ceilings.ts';
import type { CoreLimits, CoreModuleFacts, CoreSection } from './core-module.ts';
import { readCoreModule } from './core-module-reader.ts';
import { tooMany } from './core-refusals.ts';
import { SECTION } from './core-sections.ts';
import { CoreTypes } from './core-type-section.ts';
import { PiecewiseKinds } from './piecewise.ts';
import { NO_RISKS, type RiskyFeature } from './risky-features.ts';
import { unsignedLeb } from './unsigned-leb.ts';

/** `i32.const 0`, then a call. */
const CALL_WITH_ZERO = [0x41, 0, 0x10];
const CALL = 0x10;
/** `(func (param i32))` */
const PAUSE_TYPE = [0x60, 1, 0x7f, 0];
/** `(local.set 0 (i32.add (local.get 0) (i32.const 1)))` */
const COUNT_UP = [0x20, 0, 0x41, 1, 0x6a, 0x21, 0];
/** Makes the body larger than any that V8 would put in the place of a call of it. */
const COUNTS = 500;
const NO_SHAPE = [0, 0] as const;

interface Survey {
  readonly functions: number;
  readonly imported: number;
  readonly types: number;
  readonly piecewise: PiecewiseKinds;
  /** Where a call is to be put, each with the body that it is in. */
  readonly bodies: readonly {
    readonly start: number;
    readonly end: number;
    readonly at: readonly number[];
  }[];
}

/**
 * Sees to it that a thread which runs the module can be ended at any time. V8 looks whether it is to stop
 * where a function is entered, but not in tail calls once they are optimised, and in loops that are not
 * optimised yet only after so many bytes of code: filling a memory for seconds counts as three (measured
 * on Node 26). So each of these gets a call before it of a function that does nothing, and fills and copies
 * of memory are done in steps with such a call between them. What the engine would compile for seconds, which
 * nothing can interrupt either, is refused.
 *
 * @param allowed - what the module may use although the engine cannot bound it.
 * @returns the same bytes where there is nothing to do.
 * @throws `VALIDATION_ERROR` if a function is too heavy to compile, `WASM_RUNTIME_ERROR` if the code is
 * malformed.
 * @internal
 */
export function keepKillable(
  bytes: Uint8Array,
  allowed: ReadonlySet<RiskyFeature> = NO_RISKS,
): Uint8Array {
  const facts = readCoreModule(bytes, allowed);
  const code = facts.sections.find(({ id }) => id === SECTION.code);
  if (code === undefined) return bytes;
  const reader = new ByteReader(bytes, 0, bytes.length, allowed);
  const survey = surveyCode(reader, facts, code);
  return survey.bodies.length === 0 ? bytes : rewritten(bytes, facts.sections, survey);
}

function surveyCode(whole: ByteReader, facts: CoreModuleFacts, code: CoreSection): Survey {
  const { types, own, shapes, imported } = shapesOf(whole, facts);
  const reader = whole.part(code.content, code.end);
  const bodySurvey = new BodySurvey(shapes);
  const piecewise = new PiecewiseKinds(memoriesOf(facts));
  const bodies = [];
  const count = reader.count();
  if (count !== own.length) reader.fail('functions and bodies differ in number');
  for (const type of own) {
    const start = reader.offset;
    const body = reader.slice(reader.u32());
    const findings = bodySurvey.survey(body, types.paramCount(type, body));
    checkWeight(findings, start);
    if (findings.longRunning.length > 0) {
      bodies.push({ start, end: body.end, at: findings.longRunning });
    }
    for (const at of findings.longRunning) piecewise.read(whole.part(at, body.end));
  }
  return { functions: own.length, imported, types: types.count, piecewise, bodies };
}

function memoriesOf({ imports, memories }: CoreModuleFacts): readonly CoreLimits[] {
  return [
    ...imports.flatMap(({ kind, limits }) => (kind === 'memory' && limits) || []),
    ...memories,
  ];
}

function checkWeight({ compileWeight }: BodyFindings, offset: number): void {
  if (compileWeight <= MAX_COMPILE_WEIGHT) return;
  const error = tooMany(
    'values at the branches of one function',
    compileWeight,
    MAX_COMPILE_WEIGHT,
  );
  Object.assign(error.details, { offset });
  throw error;
}

function shapesOf(
  whole: ByteReader,
  { sections, imports }: CoreModuleFacts,
): {
  readonly types: CoreTypes;
  readonly own: readonly number[];
  readonly imported: number;
  readonly shapes: CallShapes;
} {
  const types = new CoreTypes(whole.bytes);
  const own: number[] = [];
  for (const { id, content, end } of sections) {
    const reader = whole.part(content, end);
    if (id === SECTION.type) types.read(reader);
    if (id === SECTION.function) {
      for (let left = reader.count(); left > 0; left--) own.push(reader.u32());
    }
  }
  const signatures = imports.flatMap(({ signature }) => signature ?? []);
  const ofType = (index: number): readonly [number, number] => types.shape(index) ?? NO_SHAPE;
  const ofFunction = (index: number): readonly [number, number] => {
    const signature = signatures[index];
    if (signature !== undefined) return [signature.params.length, signature.results.length];
    return ofType(own[index - signatures.length] ?? -1);
  };
  return { types, own, imported: signatures.length, shapes: { ofType, ofFunction } };
}

function rewritten(
  bytes: Uint8Array,
  sections: readonly CoreSection[],
  survey: Survey,
): Uint8Array<ArrayBuffer> {
  const out = new ByteSplicer(bytes, CORE_CEILINGS.moduleBytes);
  const { types, bodies, piecewise } = survey;
  const first = survey.imported + survey.functions;
  const pause = unsignedLeb(first);
  const pieces = piecewise.all;
  const more = (section: CoreSection, items: readonly number[][], change?: () => void): void => {
    const content = new ByteReader(bytes, section.content, section.end);
    const count = content.u32();
    out.copyTo(section.start);
    out.write([section.id]);
    const at = out.beginLength();
    out.writeU32(count + items.length);
    out.skipTo(content.offset);
    change?.();
    out.copyTo(section.end);
    for (const item of items) out.write(item);
    out.endLength(at);
  };
  const putCall = (reader: ByteReader): void => {
    out.copyTo(reader.offset);
    const piece = piecewise.read(reader);
    out.write(
      piece === undefined
        ? [...CALL_WITH_ZERO, ...pause]
        : [CALL, ...unsignedLeb(first + 1 + piece.position)],
    );
    out.skipTo(reader.offset);
  };
  for (const section of sections) {
    if (section.id === SECTION.type)
      more(section, [PAUSE_TYPE, ...pieces.map(({ type }) => [...type])]);
    if (section.id === SECTION.function) {
      more(
        section,
        Array.from({ length: 1 + pieces.length }, (_, index) => unsignedLeb(types + index)),
      );
    }
    if (section.id !== SECTION.code) continue;
    more(section, [pauseBody(pause), ...pieces.map((piece) => piece.body(pause))], () => {
      for (const { start, end, at } of bodies) {
        const content = new ByteReader(bytes, start, end);
        content.u32();
        out.copyTo(start);
        const length = out.beginLength();
        out.skipTo(content.offset);
        for (const offset of at) putCall(new ByteReader(bytes, offset, end));
        out.copyTo(end);
        out.endLength(length);
      }
    });
  }
  out.copyTo(bytes.length);
  return out.finish();
}

/**
 * A function that does nothing if it is given 0, as it always is: what else it could do is there so that the
 * engine neither puts it in the place of its calls nor takes it for one that calls nothing.
 */
function pauseBody(itself: readonly number[]): number[] {
  const work = Array.from({ length: COUNTS }, () => COUNT_UP).flat();
  const body = [0, 0x20, 0, 0x04, 0x40, ...work, 0x20, 0, 0x10, ...itself, 0x0b, 0x0b];
  return [...unsignedLeb(body.length), ...body];
}
