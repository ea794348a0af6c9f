/**
 * Functions of one interface by their WIT names, each with its signature as `shapeText` writes it:
 * `(borrow<pollable>) -> bool`.
 *
 * @internal
 */
export type InterfaceSignatures = ReadonlyMap<string, string>;

/**
 * A table of signatures as it is written down: words that begin with a capital letter, as no label
 * of ours does, stand for a longer type.
 */
type Table = Readonly<Record<string, string>>;

/**
 * Puts longer types in the place of the words that stand for them.
 *
 * @param types - by word; each may use the words before it.
 * @throws `RangeError` for a word that stands for nothing, when the table is loaded.
 * @internal
 */
export function signatures(types: Table, functions: Table): InterfaceSignatures {
  const known = new Map<string, string>();
  const inFull = (text: string): string =>
    text.replace(/\b[A-Z]\w*/g, (word) => {
      const type = known.get(word);
      if (type === undefined) throw new RangeError(`${word} stands for no type`);
      return type;
    });
  for (const [word, type] of Object.entries(types)) known.set(word, inFull(type));
  return new Map(Object.entries(functions).map(([name, text]) => [name, inFull(text)]));
}

/**
 * Functions as methods of a resource: they take a borrowed handle first.
 *
 * @internal
 */
export function methods(resource: string, functions: Table): Table {
  return Object.fromEntries(
    Object.entries(functions).map(([name, text]) => {
      const rest = text.slice(1);
      const separator = rest.startsWith(')') ? '' : ', ';
      return [`[method]${resource}.${name}`, `(borrow<${resource}>${separator}${rest}`];
    }),
  );
}

/**
 * Several functions with one signature.
 *
 * @param names - separated by white space.
 * @internal
 */
export function alike(names: string, signature: string): Table {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, signature]),
  );
}
