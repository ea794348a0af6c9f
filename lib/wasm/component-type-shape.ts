/**
 * What a type is made of, whatever names its parts were given: pieces of WIT text in which every alias
 * is replaced by what it stands for. Shapes share their parts, so that they take no more memory than
 * the definitions they describe; as text they would grow exponentially. No piece is empty.
 *
 * @internal
 */
export type TypeShape = readonly (string | TypeShape)[];

/**
 * Characters of a signature in full. The longest that is served takes less than half of it, so that
 * a signature which had to be cut equals none.
 *
 * @internal
 */
export const MAX_SIGNATURE_TEXT = 4_000;

/**
 * The shape of a list of parts, without ever joining more of them than a signature may show.
 *
 * @internal
 */
export function joinedShape(before: string, parts: readonly TypeShape[], after: string): TypeShape {
  const pieces: (string | TypeShape)[] = [before];
  for (const [index, part] of parts.entries()) {
    if (index > MAX_SIGNATURE_TEXT) break;
    if (index > 0) pieces.push(', ');
    pieces.push(part);
  }
  pieces.push(after);
  return pieces;
}

/**
 * The shape of a function: parameters by type alone, because their names mean nothing at the border.
 *
 * @internal
 */
export function functionShape(
  params: readonly TypeShape[],
  result: TypeShape | undefined,
): TypeShape {
  const before = joinedShape('(', params, ')');
  return result === undefined ? before : [before, ' -> ', result];
}

/**
 * The text of a shape, cut at `MAX_SIGNATURE_TEXT`; the work is bounded by the same number.
 *
 * @internal
 */
export function shapeText(shape: TypeShape): string {
  const text = appended('', shape);
  return text.length > MAX_SIGNATURE_TEXT ? `${text.slice(0, MAX_SIGNATURE_TEXT - 1)}…` : text;
}

function appended(before: string, shape: TypeShape): string {
  let text = before;
  for (const piece of shape) {
    if (text.length > MAX_SIGNATURE_TEXT) break;
    text = typeof piece === 'string' ? text + piece : appended(text, piece);
  }
  return text;
}
