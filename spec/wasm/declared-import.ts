import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';

/** Turns signatures into declarations of a component in text form, type by type. */
class Declarations {
  readonly lines: string[] = [];
  readonly #resources = new Map<string, string>();
  readonly #text: string;
  #at = 0;
  #types = 0;

  constructor(signature: string) {
    this.#text = signature;
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #word(): string {
    const [word = ''] = /^[a-zA-Z0-9-]*/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += word.length;
    return word;
  }

  #list<T>(end: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.#take(end)) {
      items.push(item());
      this.#take(', ');
    }
    return items;
  }

  #define(type: string): string {
    const name = `$t${this.#types++}`;
    this.lines.push(`(type ${name} ${type})`);
    return name;
  }

  #resource(name: string): string {
    const known = this.#resources.get(name);
    if (known !== undefined) return known;
    const fresh = `$r${this.#resources.size}`;
    this.#resources.set(name, fresh);
    this.lines.push(`(export "${name}" (type ${fresh} (sub resource)))`);
    return fresh;
  }

  #result(): string {
    if (!this.#take('<')) return this.#define('(result)');
    const ok = this.#take('_') ? '' : this.#type();
    const err = this.#take(', ') ? `(error ${this.#type()})` : '';
    this.#take('>');
    return this.#define(`(result ${ok} ${err})`);
  }

  #labelled(kind: string): string {
    const open = { record: ': ', variant: '(', enum: '', flags: '' }[kind] ?? '';
    const parts = this.#list(' }', () => {
      const label = this.#word();
      const type = open !== '' && this.#take(open) ? this.#type() : '';
      if (open === '(') this.#take(')');
      if (kind === 'record') return `(field "${label}" ${type})`;
      return kind === 'variant' ? `(case "${label}" ${type})` : `"${label}"`;
    });
    return this.#define(`(${kind} ${parts.join(' ')})`);
  }

  #type(): string {
    const word = this.#word();
    if (word === 'result') return this.#result();
    if (this.#take(' { ')) return this.#labelled(word);
    if (!this.#take('<')) return word;
    if (word === 'own' || word === 'borrow') {
      const resource = this.#resource(this.#word());
      this.#take('>');
      return this.#define(`(${word} ${resource})`);
    }
    return this.#define(`(${word} ${this.#list('>', () => this.#type()).join(' ')})`);
  }

  function(): string {
    this.#take('(');
    const params = this.#list(')', () => this.#type());
    const given = params.map((type, index) => `(param "p${index}" ${type})`);
    const result = this.#take(' -> ') ? `(result ${this.#type()})` : '';
    return `(func ${given.join(' ')} ${result})`;
  }
}

/** A component that imports one function of one interface under a signature as admission writes it. */
export async function declaring(
  module: string,
  name: string,
  signature: string,
): Promise<Uint8Array> {
  const declarations = new Declarations(signature);
  const type = declarations.function();
  return await parse(`(component (import "${module}" (instance
    ${declarations.lines.join('\n')}
    (export "${name}" ${type}))))`);
}
