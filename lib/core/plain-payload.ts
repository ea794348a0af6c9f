import { invalidField, WasmatrixError } from './errors.ts';
import { HTTP_HEADERS_BYTES, isRequestShaped } from './http-request-fields.ts';

/** Nesting that no honest argument reaches. */
const MAX_DEPTH = 64;
/** What one value costs besides its content. */
const OVERHEAD_BYTES = 8;
const LEAST_INTEGER = -(2n ** 63n);
const MOST_INTEGER = 2n ** 64n - 1n;

type ViewClass = new (buffer: ArrayBuffer) => ArrayBufferView;

/** By the name that the engine itself knows, whatever a subclass such as Node's `Buffer` says. */
const VIEW_CLASSES: ReadonlyMap<unknown, ViewClass> = new Map<unknown, ViewClass>([
  [undefined, DataView],
  ['Int8Array', Int8Array],
  ['Uint8Array', Uint8Array],
  ['Uint8ClampedArray', Uint8ClampedArray],
  ['Int16Array', Int16Array],
  ['Uint16Array', Uint16Array],
  ['Int32Array', Int32Array],
  ['Uint32Array', Uint32Array],
  ['BigInt64Array', BigInt64Array],
  ['BigUint64Array', BigUint64Array],
  ['Float32Array', Float32Array],
  ['Float64Array', Float64Array],
]);

const TYPED_ARRAY_NAME = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
);

/**
 * Copies the arguments of a call while they are measured: plain data only, and no argument larger than
 * the limit; of an HTTP request, the body and the headers are measured apart. What the caller does to its own afterwards changes nothing, and a view brings only the
 * bytes that it shows. A hole is `undefined`.
 *
 * @param count - arguments to copy; their length is not asked for again.
 * @throws `INVALID_REQUEST` or `RESOURCE_EXHAUSTED`, naming the argument.
 * @internal
 */
export function copiedPayload(
  args: readonly unknown[],
  limitBytes: number,
  count: number = args.length,
): unknown[] {
  const copies: unknown[] = [];
  for (let index = 0; index < count; index++) {
    const field = `args[${index}]`;
    try {
      const copier = new PayloadCopier(field, limitBytes);
      const value = args[index];
      const isRequest = count === 1 && isRequestShaped(value);
      copies.push(isRequest ? copier.copyRequest(value) : copier.copy(value, 0));
    } catch (error) {
      if (error instanceof WasmatrixError) throw error;
      // A getter, a proxy or a detached buffer: reading runs code of the caller's.
      throw invalidField(field, 'cannot be read');
    }
  }
  return copies;
}

/** Copies one argument; counts before it allocates. */
class PayloadCopier {
  readonly #field: string;
  readonly #limitBytes: number;
  #bytesLeft: number;

  constructor(field: string, limitBytes: number) {
    this.#field = field;
    this.#limitBytes = limitBytes;
    // A value whose content is exactly as large as the limit fits.
    this.#bytesLeft = limitBytes + OVERHEAD_BYTES;
  }

  /** What beside body and headers makes a request up has the limit of an argument. */
  copyRequest(request: Readonly<Record<string, unknown>>): unknown {
    const { body, headers, ...others } = request;
    const head = this.copy(others, 0) as Record<string, unknown>;
    const apart = (name: string, value: unknown, limitBytes: number): void => {
      if (value === undefined) return;
      head[name] = new PayloadCopier(`${this.#field}.${name}`, limitBytes).copy(value, 1);
    };
    apart('body', body, this.#limitBytes);
    apart('headers', headers, this.#limitBytes + HTTP_HEADERS_BYTES);
    return head;
  }

  copy(value: unknown, depth: number): unknown {
    this.#spend(OVERHEAD_BYTES);
    switch (typeof value) {
      case 'undefined':
      case 'boolean':
      case 'number':
        return value;
      case 'bigint':
        if (value >= LEAST_INTEGER && value <= MOST_INTEGER) return value;
        throw invalidField(this.#field, 'a bigint of more than 64 bits cannot be given to a guest');
      case 'string':
        this.#spend(value.length);
        return value;
      case 'object':
        return value === null ? null : this.#copyObject(value, depth);
      case 'function':
      case 'symbol':
        throw invalidField(this.#field, `a ${typeof value} cannot be given to a guest`);
    }
  }

  #copyObject(value: object, depth: number): unknown {
    if (depth >= MAX_DEPTH) throw invalidField(this.#field, 'is nested too deeply');
    if (ArrayBuffer.isView(value)) return this.#copyView(value);
    if (Array.isArray(value)) {
      const items: unknown[] = [];
      const { length } = value;
      for (let index = 0; index < length; index++) items.push(this.copy(value[index], depth + 1));
      return items;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
    if (!isPlain) throw invalidField(this.#field, 'only plain data can be given to a guest');
    const entries: [string, unknown][] = [];
    for (const key of Object.keys(value)) {
      this.#spend(key.length);
      entries.push([key, this.copy((value as Record<string, unknown>)[key], depth + 1)]);
    }
    // Defines its properties, so that a key `__proto__` is one like any other.
    return Object.fromEntries(entries);
  }

  #copyView(view: ArrayBufferView): ArrayBufferView {
    const { buffer, byteOffset, byteLength } = view;
    if (!(buffer instanceof ArrayBuffer)) {
      throw invalidField(this.#field, 'shared memory cannot be given to a guest');
    }
    const viewClass = VIEW_CLASSES.get(TYPED_ARRAY_NAME?.get?.call(view));
    if (viewClass === undefined) throw invalidField(this.#field, 'is a view of an unknown kind');
    this.#spend(byteLength);
    const bytes = new Uint8Array(byteLength);
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength));
    return new viewClass(bytes.buffer);
  }

  #spend(bytes: number): void {
    this.#bytesLeft -= bytes;
    if (this.#bytesLeft >= 0) return;
    const limitBytes = this.#limitBytes;
    const message = `${this.#field}: larger than ${limitBytes} bytes`;
    throw new WasmatrixError('RESOURCE_EXHAUSTED', message, {
      field: this.#field,
      resource: 'payload',
      limitBytes,
    });
  }
}
