import { invalidField } from '../core/errors.ts';
import { fromTagged, mayHaveTags } from './tagged-values.ts';

/** Whatever goes through a value after this goes through it in steps of a stack. */
const MAX_DEPTH = 100;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Reads a text of JSON in UTF-8 with tagged values, as `toTagged` writes it.
 *
 * @param field - what the text is called where a mistake is told.
 * @throws `INVALID_REQUEST` for bytes that are no UTF-8, for what is no JSON and for what is nested too deeply.
 * @internal
 */
export function readTaggedJson(bytes: Uint8Array, field = 'body'): unknown {
  if (isDeeperThan(bytes, MAX_DEPTH)) throw invalidField(field, 'is nested too deeply');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalidField(field, 'is not valid UTF-8');
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own words would quote what was sent.
    throw invalidField(field, 'is not valid JSON');
  }
  return mayHaveTags(text) ? fromTagged(json, field) : json;
}

/** Counts brackets outside of texts; what is no JSON is found out by the parser. */
function isDeeperThan(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  let isText = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (isText) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) {
      isText = true;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
    }
  }
  return false;
}
