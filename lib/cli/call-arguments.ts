import { invalidField } from '../core/errors.ts';
import { fromTagged } from '../protocol/tagged-values.ts';

const WIDE = /^(i64|s64|u64)$/;
const NUMERIC = /^(i32|f32|f64|s8|u8|s16|u16|s32|u32)$/;

/**
 * Arguments of a call as a command line has them: JSON, with the tags of the API, or else a text. `5n` is
 * an integer of 64 bits.
 *
 * @param types - of the parameters, where they are known; what cannot be one of them is refused.
 * @throws `INVALID_REQUEST` naming `args[i]`.
 */
export function callArguments(texts: readonly string[], types?: readonly string[]): unknown[] {
  if (types !== undefined && types.length !== texts.length) {
    const wanted = types.length === 0 ? 'none' : `${types.length} (${types.join(', ')})`;
    throw invalidField('args', `${wanted} wanted, ${texts.length} given`);
  }
  return texts.map((text, index) => argumentOf(text, types?.[index], `args[${index}]`));
}

function argumentOf(text: string, type: string | undefined, field: string): unknown {
  if (type === undefined) return untyped(text, field);
  if (WIDE.test(type)) return wide(text, type, field);
  if (NUMERIC.test(type)) return narrow(text, type, field);
  if (type === 'string' || type === 'char') {
    const read = jsonOf(text);
    return typeof read === 'string' ? read : text;
  }
  if (type === 'bool') {
    if (text !== 'true' && text !== 'false') throw invalidField(field, 'must be true or false');
    return text === 'true';
  }
  const value = untyped(text, field);
  if (type === 'list<u8>' && typeof value === 'string') return new TextEncoder().encode(value);
  return value;
}

function untyped(text: string, field: string): unknown {
  if (/^-?\d+n$/.test(text)) return BigInt(text.slice(0, -1));
  const read = jsonOf(text);
  return read === undefined ? text : fromTagged(read, field);
}

function wide(text: string, type: string, field: string): bigint {
  const digits = /^(-?\d{1,40})n?$/.exec(text)?.[1];
  if (digits === undefined) throw invalidField(field, `must be an integer (${type})`);
  return BigInt(digits);
}

function narrow(text: string, type: string, field: string): number {
  const value = /^(NaN|-?Infinity)$/.test(text) ? Number(text) : jsonOf(text);
  if (typeof value !== 'number') throw invalidField(field, `must be a number (${type})`);
  if (!type.startsWith('f') && !Number.isInteger(value)) {
    throw invalidField(field, `must be an integer (${type})`);
  }
  return value;
}

/** Undefined: no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
