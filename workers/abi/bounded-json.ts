/**
 * Values and names that one text may have: the engine takes eight bytes and more for each, in one step, and
 * a step that the heap of its thread has no room for ends the whole process.
 */
const MAX_ITEMS = 100_000;

/**
 * Reads JSON that a guest has written.
 *
 * @throws `SyntaxError` if it is none, or one of too many parts.
 * @internal
 */
export function boundedJson(text: string): unknown {
  if (countItems(text) > MAX_ITEMS) throw new SyntaxError(`more than ${MAX_ITEMS} values`);
  return JSON.parse(text);
}

/** Separators and brackets outside of strings, up to one more than there may be. */
function countItems(text: string): number {
  let items = 0;
  let isInString = false;
  for (let at = 0; at < text.length && items <= MAX_ITEMS; at++) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) isInString = false;
    } else if (code === 0x22) isInString = true;
    else if (code === 0x2c || code === 0x3a || code === 0x5b || code === 0x7b) items++;
  }
  return items;
}
