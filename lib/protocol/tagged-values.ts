import { invalidField } from '../core/errors.ts';

/** Nesting that no honest value reaches. */
const MAX_DEPTH = 100;
/** Reading the digits of an integer takes the square of their number. */
const MAX_DIGITS = 1_024;

type ViewClass = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView;

/** Views by the name of their class; bytes have a shorter tag. */
const VIEWS: Readonly<Record<string, { readonly make: ViewClass; readonly itemBytes: number }>> = {
  Int8Array: { make: Int8Array, itemBytes: 1 },
  Uint8ClampedArray: { make: Uint8ClampedArray, itemBytes: 1 },
  Int16Array: { make: Int16Array, itemBytes: 2 },
  Uint16Array: { make: Uint16Array, itemBytes: 2 },
  Int32Array: { make: Int32Array, itemBytes: 4 },
  Uint32Array: { make: Uint32Array, itemBytes: 4 },
  BigInt64Array: { make: BigInt64Array, itemBytes: 8 },
  BigUint64Array: { make: BigUint64Array, itemBytes: 8 },
  Float32Array: { make: Float32Array, itemBytes: 4 },
  Float64Array: { make: Float64Array, itemBytes: 8 },
  DataView: { make: DataView, itemBytes: 1 },
};

const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

/**
 * A value as JSON can carry it. What JSON has no word for becomes an object with one key that begins with
 * `$`; an object that has such a key of its own gets one more `$`, so that neither is taken for the other.
 *
 * @param field - what the value is called where a mistake is told.
 * @param strangers - functions, symbols and objects with a class: refused, or what JSON makes of them.
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function toTagged(
  value: unknown,
  field = 'value',
  strangers: 'refuse' | 'drop' = 'refuse',
): unknown {
  return tagged(value, { field, drops: strangers === 'drop' }, 0);
}

interface Manner {
  readonly field: string;
  readonly drops: boolean;
}

function tagged(value: unknown, manner: Manner, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return { $number: Object.is(value, -0) ? '-0' : String(value) };
    case 'bigint':
      return { $bigint: String(value) };
    case 'undefined':
      return { $undefined: true };
    case 'object':
      return value === null ? null : taggedObject(value, manner, depth);
    case 'function':
    case 'symbol':
      if (manner.drops) return { $undefined: true };
      throw invalidField(manner.field, `a ${typeof value} cannot be sent`);
  }
}

function taggedObject(value: object, manner: Manner, depth: number): unknown {
  if (depth >= MAX_DEPTH) throw invalidField(manner.field, 'is nested too deeply');
  if (ArrayBuffer.isView(value)) return taggedView(value);
  if (Array.isArray(value)) {
    // `Array.from` visits the holes of a sparse array too.
    return Array.from(value, (item: unknown) => tagged(item, manner, depth + 1));
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain && !manner.drops) throw invalidField(manner.field, 'only plain data can be sent');
  const keys = Object.keys(value);
  const escape = keys.length === 1 && keys[0]?.startsWith('$') === true ? '$' : '';
  return Object.fromEntries(
    keys.map((key) => [
      `${escape}${key}`,
      tagged((value as Readonly<Record<string, unknown>>)[key], manner, depth + 1),
    ]),
  );
}

function taggedView(view: ArrayBufferView): unknown {
  const text = Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64');
  const name = view instanceof Uint8Array ? undefined : nameOf(view);
  return name === undefined ? { $bytes: text } : { [`$${name}`]: text };
}

function nameOf(view: ArrayBufferView): string | undefined {
  return Object.keys(VIEWS).find(
    (name) => view instanceof (VIEWS[name] as { make: ViewClass }).make,
  );
}

/**
 * What `toTagged` was given.
 *
 * @param json - as `JSON.parse` gives it.
 * @throws `INVALID_REQUEST` naming the field: for a tag that is unknown or of a wrong content.
 * @internal
 */
export function fromTagged(json: unknown, field = 'value', depth = 0): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (depth > MAX_DEPTH) throw invalidField(field, 'is nested too deeply');
  if (Array.isArray(json)) return json.map((item: unknown) => fromTagged(item, field, depth + 1));
  const entries = Object.entries(json) as [string, unknown][];
  const [first] = entries;
  if (entries.length === 1 && first?.[0].startsWith('$') === true) {
    const [key, content] = first;
    if (!key.startsWith('$$')) return untagged(key, content, field);
    return Object.fromEntries([[key.slice(1), fromTagged(content, field, depth + 1)]]);
  }
  // Defines its properties, so that a key `__proto__` is one like any other.
  return Object.fromEntries(
    entries.map(([key, item]) => [key, fromTagged(item, field, depth + 1)]),
  );
}

/** Whether a text of JSON can have a tag in it. */
export function mayHaveTags(text: string): boolean {
  return text.includes('"$') || text.includes(String.raw`\u0024`);
}

function untagged(tag: string, content: unknown, field: string): unknown {
  switch (tag) {
    case '$bytes': {
      return bytesOf(tag, content, field);
    }
    case '$bigint': {
      const isInteger =
        typeof content === 'string' && content.length <= MAX_DIGITS && /^-?\d+$/.test(content);
      if (isInteger) return BigInt(content);
      break;
    }
    case '$number': {
      const number = NUMBERS.get(content);
      if (number !== undefined) return number;
      break;
    }
    case '$undefined': {
      if (content === true) return undefined;
      break;
    }
    default: {
      return viewOf(tag, content, field);
    }
  }
  throw invalidField(field, `the tag ${tag} has a content that it cannot have`);
}

function viewOf(tag: string, content: unknown, field: string): ArrayBufferView {
  const name = tag.slice(1);
  const view = Object.hasOwn(VIEWS, name) ? VIEWS[name] : undefined;
  if (view === undefined) {
    const problem = `has an unknown tag "${tag.slice(0, 64)}"; a key of your own that begins with $ needs one more`;
    throw invalidField(field, problem);
  }
  const { buffer, byteLength } = bytesOf(tag, content, field);
  if (byteLength % view.itemBytes !== 0) {
    throw invalidField(field, `the tag ${tag} has a length that it cannot have`);
  }
  return new view.make(buffer, 0, byteLength / view.itemBytes);
}

function bytesOf(tag: string, content: unknown, field: string): Uint8Array<ArrayBuffer> {
  const isBase64 =
    typeof content === 'string' &&
    content.length % 4 === 0 &&
    /^[A-Za-z0-9+/]*={0,2}$/.test(content);
  if (!isBase64) throw invalidField(field, `the tag ${tag} needs a text in base64`);
  return new Uint8Array(Buffer.from(content, 'base64'));
}
