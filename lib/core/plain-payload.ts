import { invalidField, WasmatrixError } from './errors.ts';

/** Nesting that no honest argument reaches. */
const MAX_DEPTH = 64;
/** What one value costs besides its content. */
const OVERHEAD_BYTES = 8;

/**
 * Checks the arguments of a call before they are copied into a thread: plain data only, and no
 * argument larger than the limit.
 *
 * @throws `INVALID_REQUEST` or `RESOURCE_EXHAUSTED`, naming the argument.
 * @internal
 */
export function checkPayload(args: readonly unknown[], limitBytes: number): void {
  for (const [index, value] of args.entries()) {
    measure(value, `args[${index}]`, limitBytes, 0);
  }
}

/** The approximate size of a value in bytes; stops as soon as the limit is passed. */
function measure(value: unknown, field: string, limitBytes: number, depth: number): number {
  switch (typeof value) {
    case 'undefined':
    case 'boolean':
    case 'number':
    case 'bigint':
      return OVERHEAD_BYTES;
    case 'string':
      return within(value.length + OVERHEAD_BYTES, field, limitBytes);
    case 'object':
      return value === null ? OVERHEAD_BYTES : measureObject(value, field, limitBytes, depth);
    case 'function':
    case 'symbol':
      throw invalidField(field, `a ${typeof value} cannot be given to a guest`);
  }
}

function measureObject(value: object, field: string, limitBytes: number, depth: number): number {
  if (depth >= MAX_DEPTH) throw invalidField(field, 'is nested too deeply');
  if (ArrayBuffer.isView(value)) {
    if (!(value.buffer instanceof ArrayBuffer)) {
      throw invalidField(field, 'shared memory cannot be given to a guest');
    }
    return within(value.byteLength + OVERHEAD_BYTES, field, limitBytes);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain =
    Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) throw invalidField(field, 'only plain data can be given to a guest');
  let size = OVERHEAD_BYTES;
  for (const [key, item] of Object.entries(value)) {
    size += key.length + measure(item, field, limitBytes, depth + 1);
    within(size, field, limitBytes);
  }
  return size;
}

function within(size: number, field: string, limitBytes: number): number {
  if (size - OVERHEAD_BYTES > limitBytes) {
    throw new WasmatrixError('RESOURCE_EXHAUSTED', `${field}: larger than ${limitBytes} bytes`, {
      field,
      resource: 'payload',
      limitBytes,
    });
  }
  return size;
}
