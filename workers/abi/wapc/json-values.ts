import type { WireValue } from '../../../lib/core/provider.ts';
import { boundedJson } from '../bounded-json.ts';

/** As deep as what crosses to a provider may be. */
const MAX_DEPTH = 32;
const BYTES = '$bytes';
const INTEGER = '$bigint';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Of an integer of 64 bits, with its sign. */
const DECIMAL = /^-?\d{1,20}$/;

/** A text that is no list of arguments. */
export class NotJson extends Error {}

/**
 * Reads the arguments of a call: JSON, with `{"$bytes":"<base64>"}` for bytes and `{"$bigint":"<decimal>"}`
 * for integers that a number does not hold.
 *
 * @throws `NotJson`
 * @internal
 */
export function argumentsFrom(text: string): readonly WireValue[] {
  let parsed: unknown;
  try {
    parsed = boundedJson(text);
  } catch {
    throw new NotJson();
  }
  if (!Array.isArray(parsed)) throw new NotJson();
  return parsed.map((each) => valueFrom(each, 1));
}

function valueFrom(value: unknown, depth: number): WireValue {
  if (depth > MAX_DEPTH) throw new NotJson();
  if (Array.isArray(value)) return value.map((each) => valueFrom(each, depth + 1));
  if (typeof value !== 'object' || value === null) return value as WireValue;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) {
    const marked = markedValue(only);
    if (marked !== undefined) return marked;
  }
  // fromEntries defines own properties, so that a key `__proto__` stays mere data.
  return Object.fromEntries(entries.map(([key, each]) => [key, valueFrom(each, depth + 1)]));
}

function markedValue([key, text]: readonly [string, unknown]): Uint8Array | bigint | undefined {
  if (key !== BYTES && key !== INTEGER) return undefined;
  const form = key === BYTES ? BASE64 : DECIMAL;
  if (typeof text !== 'string' || !form.test(text)) throw new NotJson();
  return key === BYTES ? new Uint8Array(Buffer.from(text, 'base64')) : BigInt(text);
}

/**
 * The answer of a call, likewise. Nothing is `null`.
 *
 * @internal
 */
export function answerText(value: WireValue): string {
  return JSON.stringify(plainValue(value)) ?? 'null';
}

function plainValue(value: WireValue): unknown {
  if (typeof value === 'bigint') return { [INTEGER]: value.toString() };
  if (value instanceof Uint8Array) return { [BYTES]: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return (value as readonly WireValue[]).map(plainValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainValue(each)]));
}
