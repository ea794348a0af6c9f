/**
 * The JavaScript name of a label in kebab case, as jco makes it: `reply-to` becomes `replyTo`,
 * `HTTP-status` becomes `httpStatus`.
 *
 * @internal
 */
export function camelCase(label: string): string {
  return label
    .split('-')
    .map((word, index) => {
      const lower = word.toLowerCase();
      return index === 0 ? lower : lower.charAt(0).toUpperCase() + lower.slice(1);
    })
    .join('');
}
