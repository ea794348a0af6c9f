import { messageOf } from '../../../../lib/core/errors.ts';
import type { WireValue } from '../../../../lib/core/provider.ts';
import type { GuestHost } from '../../../guest.ts';
import { CapabilityRefused } from '../../../guest-failure.ts';
import { HostResultError } from '../host-imports.ts';

/** `variant error` of both drafts. */
type StoreError =
  | { readonly tag: 'no-such-store' }
  | { readonly tag: 'access-denied' }
  | { readonly tag: 'other'; readonly val: string };

/**
 * An error that is neither a refusal nor a missing store.
 *
 * @internal
 */
export function otherError(message: string): HostResultError {
  return new HostResultError({ tag: 'other', val: message } satisfies StoreError);
}

function storeErrorOf(refused: CapabilityRefused): StoreError {
  if (refused.code === 'PERMISSION_DENIED') return { tag: 'access-denied' };
  if (refused.code === 'CAPABILITY_NOT_FOUND') return { tag: 'no-such-store' };
  return { tag: 'other', val: messageOf(refused) };
}

/**
 * Operations of the key-value provider as one guest calls them. Answers are checked, since anybody may
 * write a provider.
 *
 * @throws `HostResultError` with a `StoreError`, from every method.
 * @internal
 */
export class KeyValueCalls {
  readonly #host: GuestHost;

  constructor(host: GuestHost) {
    this.#host = host;
  }

  perform(operation: string, args: readonly WireValue[]): WireValue {
    try {
      return this.#host.call('kv', operation, args);
    } catch (thrown) {
      if (thrown instanceof CapabilityRefused) throw new HostResultError(storeErrorOf(thrown));
      throw thrown;
    }
  }

  bytes(operation: string, args: readonly WireValue[]): Uint8Array | undefined {
    return optionalBytes(this.perform(operation, args));
  }

  flag(operation: string, args: readonly WireValue[]): boolean {
    const answer = this.perform(operation, args);
    return typeof answer === 'boolean' ? answer : unexpected();
  }

  integer(operation: string, args: readonly WireValue[]): bigint {
    const answer = this.perform(operation, args);
    return typeof answer === 'bigint' ? answer : unexpected();
  }

  /** One answer for each key, in their order. */
  values(bucket: string, keys: readonly string[]): readonly (Uint8Array | undefined)[] {
    const answer = this.perform('getMany', [bucket, keys]);
    if (!Array.isArray(answer) || answer.length !== keys.length) return unexpected();
    return Array.from(answer as readonly WireValue[], optionalBytes);
  }

  page(bucket: string, cursor: string | undefined): KeyPage {
    const answer = this.perform('list', [bucket, cursor]);
    if (typeof answer !== 'object' || answer === null || !Object.hasOwn(answer, 'keys')) {
      return unexpected();
    }
    const { keys, cursor: next } = answer as { readonly [key: string]: WireValue };
    if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) return unexpected();
    if (typeof next !== 'string' && next !== undefined && next !== null) return unexpected();
    return { keys, cursor: next ?? undefined };
  }
}

/**
 * Some keys of a bucket, and where the next ones begin.
 *
 * @internal
 */
export interface KeyPage {
  readonly keys: readonly string[];
  readonly cursor: string | undefined;
}

function optionalBytes(answer: WireValue): Uint8Array | undefined {
  if (answer === undefined || answer === null) return undefined;
  return answer instanceof Uint8Array ? answer : unexpected();
}

function unexpected(): never {
  throw otherError('the provider answered in an unexpected form');
}
