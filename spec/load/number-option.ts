/**
 * A number of the command line.
 *
 * @param name - of the option, for the complaint.
 * @param isWhole - whether it has to be an integer.
 * @throws `TypeError` for anything else.
 */
export function numberOption(
  name: string,
  text: string,
  { min, max, isWhole = true }: { readonly min: number; readonly max: number; isWhole?: boolean },
): number {
  const value = Number(text);
  const isRight = text.trim() !== '' && (!isWhole || Number.isInteger(value));
  if (isRight && value >= min && value <= max) return value;
  throw new TypeError(`${name}: must be a number from ${min} to ${max}`);
}
