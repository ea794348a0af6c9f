import type { CoreValueType } from './admitted-module.ts';
import { ByteReader } from './byte-reader.ts';
import { CORE_CEILINGS } from './core-ceilings.ts';
import type { CoreSignature } from './core-module.ts';
import { refusedFeature, tooMany } from './core-refusals.ts';
import { readValueType } from './core-value-types.ts';

/** Forms of an entry, as the binary format numbers them (WebAssembly 3.0, §5.3.4 to §5.3.9). */
const FORM = {
  group: 0x4e,
  finalSubtype: 0x4f,
  subtype: 0x50,
  continuation: 0x5d,
  array: 0x5e,
  struct: 0x5f,
  function: 0x60,
} as const;

/** Packed field types, which are no value types. */
const PACKED: readonly number[] = [0x77, 0x78];
const PLAIN_ONLY = 'plain function types only are admitted';
/** In the place of the offset of a type that is no function. */
const NO_FUNCTION = -1;

/**
 * The function types of a module. Only where each begins is kept: a hostile type section would take
 * eight times its size as arrays, and few types are ever asked for.
 *
 * @internal
 */
export class CoreTypes {
  readonly #bytes: Uint8Array;
  readonly #offsets: number[] = [];
  readonly #decoded: Map<number, CoreSignature> = new Map();
  readonly #shapes: (readonly [params: number, results: number])[] = [];
  #hasHeapTypes = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get count(): number {
    return this.#offsets.length;
  }

  /** Whether any type is of objects on the host's heap, or only spelled as those are. */
  get hasHeapTypes(): boolean {
    return this.#hasHeapTypes;
  }

  /**
   * Reads the type section.
   *
   * @throws `VALIDATION_ERROR` for anything but a plain function type, unless the reader allows it.
   */
  read(reader: ByteReader): void {
    const count = reader.count();
    for (let index = 0; index < count; index++) {
      if (reader.peek() !== FORM.group) {
        this.#readType(reader);
        continue;
      }
      this.#useHeapTypes(reader);
      reader.skip(1);
      const members = reader.count();
      for (let member = 0; member < members; member++) this.#readType(reader);
    }
  }

  #readType(reader: ByteReader): void {
    const { types } = CORE_CEILINGS;
    if (this.#offsets.length >= types) throw tooMany('types', this.#offsets.length + 1, types);
    let form = reader.peek();
    if (form === FORM.subtype || form === FORM.finalSubtype) {
      this.#useHeapTypes(reader);
      reader.skip(1);
      const supertypes = reader.count();
      for (let index = 0; index < supertypes; index++) reader.u32();
      form = reader.peek();
    }
    if (form === FORM.continuation) {
      throw refusedFeature('stack switching', PLAIN_ONLY, reader.offset);
    }
    if (form === FORM.struct || form === FORM.array) {
      this.#useHeapTypes(reader);
      reader.skip(1);
      this.#offsets.push(NO_FUNCTION);
      const fields = form === FORM.array ? 1 : reader.count();
      for (let field = 0; field < fields; field++) skipField(reader);
      return;
    }
    if (form !== FORM.function) reader.fail(`unknown type form 0x${form.toString(16)}`);
    reader.skip(1);
    this.#offsets.push(reader.offset);
    skipValueTypes(reader);
    skipValueTypes(reader);
  }

  #useHeapTypes(reader: ByteReader): void {
    reader.use('gc', PLAIN_ONLY, reader.offset);
    this.#hasHeapTypes = true;
  }

  /** How many parameters a function type has, found without decoding them. */
  paramCount(index: number, reader: ByteReader): number {
    const offset = this.#offsets[index];
    if (offset === undefined || offset === NO_FUNCTION) {
      return reader.fail(`there is no function type ${index}`);
    }
    return new ByteReader(this.#bytes, offset).count();
  }

  /** How many parameters and results a function type has; nothing if there is no such type. */
  shape(index: number): readonly [params: number, results: number] | undefined {
    const known = this.#shapes[index];
    if (known !== undefined) return known;
    const offset = this.#offsets[index];
    if (offset === undefined || offset === NO_FUNCTION) return undefined;
    const reader = new ByteReader(this.#bytes, offset);
    const params = skipValueTypes(reader);
    const shape = [params, skipValueTypes(reader)] as const;
    this.#shapes[index] = shape;
    return shape;
  }

  /** The signature of a type; one object however often it is asked for. */
  signature(index: number, reader: ByteReader): CoreSignature {
    const known = this.#decoded.get(index);
    if (known !== undefined) return known;
    const offset = this.#offsets[index];
    if (offset === undefined) return reader.fail(`there is no type ${index}`);
    if (offset === NO_FUNCTION) return reader.fail(`type ${index} is no function type`);
    const types = new ByteReader(this.#bytes, offset);
    const list = (): CoreValueType[] => types.list(() => readValueType(types));
    const signature = { params: list(), results: list() };
    this.#decoded.set(index, signature);
    return signature;
  }
}

/** Returns how many there were. */
function skipValueTypes(reader: ByteReader): number {
  const count = reader.count();
  if (count > CORE_CEILINGS.parametersOfAType) {
    throw tooMany('parameters or results of a type', count, CORE_CEILINGS.parametersOfAType);
  }
  for (let index = 0; index < count; index++) readValueType(reader);
  return count;
}

function skipField(reader: ByteReader): void {
  if (PACKED.includes(reader.peek())) reader.skip(1);
  else readValueType(reader);
  if (reader.u8() > 1) reader.fail('unknown mutability');
}
