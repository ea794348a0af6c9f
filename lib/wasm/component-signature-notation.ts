/**
 * A table as it is written down. Words of a signature that begin with a capital and a small letter, as
 * no label of ours does, stand for a longer type; line breaks stand for spaces.
 */
type Table = Readonly<Record<string, string>>;

/**
 * The functions of one interface and their signatures. A thread that only serves functions never needs
 * a signature, so that each is put together when it is asked for.
 *
 * @internal
 */
export class InterfaceSignatures {
  readonly #types: ReadonlyMap<string, string>;
  readonly #functions: ReadonlyMap<string, string>;

  /**
   * @param types - by the word that stands for it.
   * @param functions - by WIT name.
   */
  constructor(types: Table, functions: Table) {
    this.#types = new Map(Object.entries(types));
    this.#functions = new Map(Object.entries(functions));
  }

  /** WIT names. */
  names(): string[] {
    return [...this.#functions.keys()];
  }

  has(name: string): boolean {
    return this.#functions.has(name);
  }

  /**
   * A signature as `shapeText` writes it: `(borrow<pollable>) -> bool`.
   *
   * @throws `RangeError` for a word in it that stands for nothing.
   */
  get(name: string): string | undefined {
    const text = this.#functions.get(name);
    return text === undefined ? undefined : this.#inFull(text);
  }

  #inFull(text: string): string {
    return text.replace(/\s+/g, ' ').replace(/\b[A-Z][a-z]\w*/g, (word) => {
      const type = this.#types.get(word);
      if (type === undefined) throw new RangeError(`${word} stands for no type`);
      return this.#inFull(type);
    });
  }
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
