import { GuestTrap } from '../../../guest-failure.ts';
import { type HostFunction, HostResource, HostResultError } from '../host-imports.ts';
import type { HeldBytes } from './held-bytes.ts';
import { type HeaderEntry, HeaderList } from './http-header-list.ts';
import { isFieldValue, isForbiddenField, isToken } from './http-syntax.ts';
import { bytesOf, listOf, resourceOf, textOf } from './import-arguments.ts';

/** `variant header-error`. */
interface HeaderError {
  readonly tag: 'invalid-syntax' | 'forbidden' | 'immutable';
}

function headerError(tag: HeaderError['tag']): HostResultError {
  return new HostResultError({ tag } satisfies HeaderError);
}

function checkName(name: string): void {
  if (!isToken(name)) throw headerError('invalid-syntax');
  if (isForbiddenField(name.toLowerCase())) throw headerError('forbidden');
}

function checkValue(value: Uint8Array): void {
  if (!isFieldValue(value)) throw headerError('invalid-syntax');
}

/**
 * `fields`, also known as headers and trailers.
 *
 * @internal
 */
export class Fields extends HostResource implements Disposable {
  readonly #isMutable: boolean;
  #list: HeaderList | undefined;

  /**
   * @param list - is held by this resource from now on.
   */
  constructor(list: HeaderList, isMutable: boolean) {
    super();
    this.#list = list;
    this.#isMutable = isMutable;
  }

  /** A handle to a list that belongs to something else. */
  static view(list: HeaderList): Fields {
    return new Fields(list.retain(), false);
  }

  /**
   * @throws `GuestTrap` for what was given away or dropped.
   */
  get list(): HeaderList {
    if (this.#list === undefined) throw new GuestTrap('fields that were given away are used again');
    return this.#list;
  }

  /**
   * @throws `HostResultError` with `immutable`.
   */
  get changeable(): HeaderList {
    const { list } = this;
    if (!this.#isMutable) throw headerError('immutable');
    return list;
  }

  /** Takes the list over, as whoever is given the resource does. */
  give(): HeaderList {
    const { list } = this;
    this.#list = undefined;
    return list;
  }

  [Symbol.dispose](): void {
    this.#list?.release();
    this.#list = undefined;
  }
}

function entryOf(value: unknown): HeaderEntry {
  const [name, content] = listOf(value);
  return [textOf(name), bytesOf(content)];
}

function fromList(held: HeldBytes, value: unknown): Fields {
  const entries = listOf(value).map(entryOf);
  for (const [name, content] of entries) {
    checkName(name);
    checkValue(content);
  }
  const list = new HeaderList(held);
  for (const [name, content] of entries) list.append(name, content);
  return new Fields(list, true);
}

/**
 * The functions of `fields`. A change is made as a whole or not at all.
 *
 * @internal
 */
export function fieldsFunctions(held: HeldBytes): Record<string, HostFunction> {
  const fields = (value: unknown): Fields => resourceOf(Fields, value);
  return {
    '[constructor]fields': () => new Fields(new HeaderList(held), true),
    '[static]fields.from-list': (entries) => fromList(held, entries),
    '[method]fields.get': (self, name) => fields(self).list.get(textOf(name)),
    '[method]fields.has': (self, name) => fields(self).list.has(textOf(name)),
    '[method]fields.set': (self, name, values) => {
      const { changeable } = fields(self);
      const key = textOf(name);
      const contents = listOf(values).map(bytesOf);
      checkName(key);
      contents.forEach(checkValue);
      changeable.delete(key);
      for (const content of contents) changeable.append(key, content);
    },
    '[method]fields.delete': (self, name) => {
      const { changeable } = fields(self);
      const key = textOf(name);
      checkName(key);
      changeable.delete(key);
    },
    '[method]fields.append': (self, name, value) => {
      const { changeable } = fields(self);
      const key = textOf(name);
      const content = bytesOf(value);
      checkName(key);
      checkValue(content);
      changeable.append(key, content);
    },
    '[method]fields.entries': (self) => fields(self).list.entries(),
    '[method]fields.clone': (self) => new Fields(fields(self).list.copy(), true),
  };
}
