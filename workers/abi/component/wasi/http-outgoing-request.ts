import { HostResultError } from '../host-imports.ts';
import type { HeldBytes } from './held-bytes.ts';
import type { Fields } from './http-fields.ts';
import { type MessageMemory, OutgoingMessage } from './http-message.ts';
import { OutgoingContent } from './http-outgoing-content.ts';
import { isAuthority, isPathWithQuery, isScheme, isToken } from './http-syntax.ts';

/**
 * `variant method` and `variant scheme`, as the canonical ABI lifts and lowers them.
 *
 * @internal
 */
export interface Named {
  readonly tag: string;
  readonly val?: unknown;
}

/** A method or scheme whose own name is in `val`. */
function otherName({ tag, val }: Named): string | undefined {
  return tag === 'other' && typeof val === 'string' ? val : undefined;
}

function kept(named: Named | undefined): Named | undefined {
  if (named === undefined) return undefined;
  const val = otherName(named);
  return val === undefined ? { tag: named.tag } : { tag: named.tag, val };
}

/**
 * `outgoing-request`: what a guest puts together before it is sent.
 *
 * @internal
 */
export class OutgoingRequest extends OutgoingMessage<OutgoingContent> {
  readonly #memory: MessageMemory;
  readonly #heads: HeldBytes;
  #method: Named = { tag: 'get' };
  #scheme: Named | undefined;
  #authority: string | undefined;
  #pathWithQuery: string | undefined;
  #textBytes = 0;

  constructor(headers: Fields, memory: MessageMemory) {
    super(headers);
    this.#memory = memory;
    this.#heads = memory.heads;
  }

  get method(): Named {
    return this.#method;
  }

  get scheme(): Named | undefined {
    return this.#scheme;
  }

  get authority(): string | undefined {
    return this.#authority;
  }

  get pathWithQuery(): string | undefined {
    return this.#pathWithQuery;
  }

  /** As it stands in the request line. */
  get methodName(): string {
    return otherName(this.#method) ?? this.#method.tag.toUpperCase();
  }

  /** Where it goes, or undefined if that cannot be told. Without a scheme it is the safe one. */
  get url(): string | undefined {
    const { tag } = this.#scheme ?? { tag: 'HTTPS' };
    if ((tag !== 'HTTP' && tag !== 'HTTPS') || this.#authority === undefined) return undefined;
    const path = this.#pathWithQuery ?? '';
    return `${tag.toLowerCase()}://${this.#authority}${path.startsWith('/') ? '' : '/'}${path}`;
  }

  /**
   * @throws `HostResultError` for what is no method; so do the other setters for what is not theirs.
   */
  setMethod(method: Named): void {
    const name = otherName(method);
    this.#check(name === undefined || isToken(name), this.#method.val, name);
    this.#method = kept(method) ?? method;
  }

  setScheme(scheme: Named | undefined): void {
    const name = scheme === undefined ? undefined : otherName(scheme);
    this.#check(name === undefined || isScheme(name), this.#scheme?.val, name);
    this.#scheme = kept(scheme);
  }

  setAuthority(authority: string | undefined): void {
    const isGood = authority === undefined || isAuthority(authority);
    this.#check(isGood, this.#authority, authority);
    this.#authority = authority;
  }

  setPathWithQuery(pathWithQuery: string | undefined): void {
    const isGood = pathWithQuery === undefined || isPathWithQuery(pathWithQuery);
    this.#check(isGood, this.#pathWithQuery, pathWithQuery);
    this.#pathWithQuery = pathWithQuery;
  }

  /** Counts a text that takes the place of another. */
  #check(isGood: boolean, before: unknown, after: string | undefined): void {
    if (!isGood) throw new HostResultError(undefined);
    const bytes = (after?.length ?? 0) - (typeof before === 'string' ? before.length : 0);
    this.#heads.hold(bytes);
    this.#textBytes += bytes;
  }

  protected override newContent(): OutgoingContent {
    const { bodies, pieceBytes } = this.#memory;
    return new OutgoingContent(bodies, pieceBytes, this.announcedBytes);
  }

  override release(): void {
    super.release();
    this.#heads.release(this.#textBytes);
    this.#textBytes = 0;
  }
}
