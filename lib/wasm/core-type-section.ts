import type { CoreValueType } from './admitted-module.ts';
import { ByteReader } from './byte-reader.ts';
import { CORE_CEILINGS } from './core-ceilings.ts';
import type { CoreSignature } from './core-module.ts';
import { refusedFeature, tooMany } from './core-refusals.ts';
import { readValueType } from './core-value-types.ts';

const FUNCTION_FORM = 0x60;

/** Forms by which a guest could make objects on the host's heap, or name types that do. */
const REFUSED_FORMS: ReadonlyMap<number, string> = new Map([
  [0x4e, 'gc'],
  [0x4f, 'gc'],
  [0x50, 'gc'],
  [0x5e, 'gc'],
  [0x5f, 'gc'],
  [0x5d, 'stack switching'],
]);

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

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get count(): number {
    return this.#offsets.length;
  }

  /**
   * Reads the type section.
   *
   * @throws `VALIDATION_ERROR` for anything but a plain function type.
   */
  read(reader: ByteReader): void {
    const count = reader.count();
    if (count > CORE_CEILINGS.types) throw tooMany('types', count, CORE_CEILINGS.types);
    for (let index = 0; index < count; index++) {
      const at = reader.offset;
      const form = reader.u8();
      const refused = REFUSED_FORMS.get(form);
      if (refused !== undefined) {
        throw refusedFeature(refused, 'plain function types only are admitted', at);
      }
      if (form !== FUNCTION_FORM) reader.fail(`unknown type form 0x${form.toString(16)}`);
      this.#offsets.push(reader.offset);
      skipValueTypes(reader);
      skipValueTypes(reader);
    }
  }

  /** The signature of a type; one object however often it is asked for. */
  signature(index: number, reader: ByteReader): CoreSignature {
    const known = this.#decoded.get(index);
    if (known !== undefined) return known;
    const offset = this.#offsets[index];
    if (offset === undefined) return reader.fail(`there is no type ${index}`);
    const types = new ByteReader(this.#bytes, offset);
    const list = (): CoreValueType[] => types.list(() => readValueType(types));
    const signature = { params: list(), results: list() };
    this.#decoded.set(index, signature);
    return signature;
  }
}

function skipValueTypes(reader: ByteReader): void {
  const count = reader.count();
  if (count > CORE_CEILINGS.parametersOfAType) {
    throw tooMany('parameters or results of a type', count, CORE_CEILINGS.parametersOfAType);
  }
  for (let index = 0; index < count; index++) readValueType(reader);
}
