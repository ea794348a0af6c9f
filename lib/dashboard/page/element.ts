import { plainText } from '../model/plain-text.ts';

type Child = Node | string | undefined;
type Listener = (event: Event) => void;
type Attributes = Readonly<Record<string, string | number | boolean | Listener | undefined>>;

function fill<Made extends Element>(
  made: Made,
  attributes: Attributes,
  children: readonly Child[],
): Made {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (name === 'aria-label') made.setAttribute(name, plainText(String(value)));
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  // Texts become text: whatever a guest has called itself, it is never read as markup.
  for (const child of children) {
    if (child !== undefined) made.append(typeof child === 'string' ? plainText(child) : child);
  }
  return made;
}

/** An element with its attributes, listeners and children. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for drawings. */
export function drawn<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** What stands in a field of a form; nothing where it has no such field, or a file. */
export function written(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** The element of the page with this id, which the page was written with. */
export function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}
