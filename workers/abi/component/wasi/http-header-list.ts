import type { HeldBytes } from './held-bytes.ts';
import { isForbiddenField } from './http-syntax.ts';

/** An entry beside its name and value, as far as the host's memory is concerned. */
const ENTRY_BYTES = 64;

/**
 * A header as it was written, and its name in small letters.
 */
interface Header {
  readonly key: string;
  readonly name: string;
  readonly value: Uint8Array;
}

/**
 * The name and value of a header.
 *
 * @internal
 */
export type HeaderEntry = readonly [name: string, value: Uint8Array];

/**
 * Bytes that a header counts as.
 *
 * @internal
 */
export function headerWeight([name, value]: HeaderEntry): number {
  return ENTRY_BYTES + name.length + value.length;
}

function weight({ name, value }: Header): number {
  return headerWeight([name, value]);
}

/**
 * Headers in their order. Several handles may show one list, so that it counts who holds it; what it
 * takes is given back with the last of them.
 *
 * @internal
 */
export class HeaderList {
  readonly #held: HeldBytes;
  #headers: Header[] = [];
  #bytes = 0;
  #holders = 1;

  constructor(held: HeldBytes) {
    this.#held = held;
  }

  /**
   * What came from afar, without what only concerned the connection it came by.
   *
   * @returns undefined if there is no room for it.
   */
  static received(held: HeldBytes, entries: readonly HeaderEntry[]): HeaderList | undefined {
    const headers = entries
      .map(([name, value]) => ({ key: name.toLowerCase(), name, value }))
      .filter(({ key }) => !isForbiddenField(key));
    const bytes = headers.reduce((sum, header) => sum + weight(header), 0);
    if (!held.tryHold(bytes)) return undefined;
    const list = new HeaderList(held);
    list.#headers = headers;
    list.#bytes = bytes;
    return list;
  }

  /** Bytes that all headers take. */
  get bytes(): number {
    return this.#bytes;
  }

  get(name: string): Uint8Array[] {
    const key = name.toLowerCase();
    return this.#headers.filter((header) => header.key === key).map(({ value }) => value);
  }

  has(name: string): boolean {
    const key = name.toLowerCase();
    return this.#headers.some((header) => header.key === key);
  }

  entries(): HeaderEntry[] {
    return this.#headers.map(({ name, value }) => [name, value]);
  }

  /**
   * @throws `GuestTrap` if there is no room for it.
   */
  append(name: string, value: Uint8Array): void {
    const header = { key: name.toLowerCase(), name, value };
    this.#held.hold(weight(header));
    this.#bytes += weight(header);
    this.#headers.push(header);
  }

  delete(name: string): void {
    const key = name.toLowerCase();
    this.#headers = this.#headers.filter((header) => {
      if (header.key !== key) return true;
      this.#held.release(weight(header));
      this.#bytes -= weight(header);
      return false;
    });
  }

  /**
   * The same headers, to be changed apart from these.
   *
   * @throws `GuestTrap` if there is no room for them.
   */
  copy(): HeaderList {
    this.#held.hold(this.#bytes);
    const list = new HeaderList(this.#held);
    list.#headers = [...this.#headers];
    list.#bytes = this.#bytes;
    return list;
  }

  retain(): this {
    this.#holders++;
    return this;
  }

  release(): void {
    this.#holders--;
    if (this.#holders > 0) return;
    this.#held.release(this.#bytes);
    this.#bytes = 0;
    this.#headers = [];
  }
}
