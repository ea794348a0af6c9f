import { WasmatrixError } from '../../lib/core/errors.ts';
import type { ProviderDefinition, RequiredPermission, WireValue } from '../../lib/core/provider.ts';
import {
  type HttpState,
  type HttpSurroundings,
  httpProviderWith,
} from '../../providers/http/index.ts';
import { callContext, ENVIRONMENT, type EndableContext } from './call-context.ts';

/** What `begin`, and all that follows it, may answer. */
export interface Reply {
  readonly error?: string;
  readonly message?: string;
  readonly capabilityId?: string;
  readonly transfer?: number;
  readonly status?: number;
  readonly headers?: readonly (readonly [string, Uint8Array | string])[];
  readonly bytes?: Uint8Array;
  readonly body?: Uint8Array;
  readonly isEnd?: boolean;
}

/** A provider, asked as the host asks it: grant check first, then the operation. */
export class HttpCaller {
  readonly definition: ProviderDefinition<HttpState>;
  readonly state: HttpState;

  private constructor(definition: ProviderDefinition<HttpState>, state: HttpState) {
    this.definition = definition;
    this.state = state;
  }

  static async open(
    surroundings: HttpSurroundings = {},
    config: Readonly<Record<string, unknown>> = {},
  ): Promise<HttpCaller> {
    const definition = httpProviderWith(surroundings);
    const state = await definition.open(config, ENVIRONMENT);
    // Loading takes a while that specs with a clock of their own cannot wait for.
    await state.parts.pool.ready();
    return new HttpCaller(definition, state);
  }

  get metadata(): Readonly<Record<string, unknown>> {
    return this.definition.metadata?.(this.state) ?? {};
  }

  async close(): Promise<void> {
    await this.definition.close?.(this.state);
  }

  /** One instance by one grant. */
  guest(permissions: readonly string[], instanceId: string = 'i-1'): Guest {
    return new Guest(this, callContext(permissions, { instanceId }));
  }
}

/** Calls the operations of a provider by one grant. */
export class Guest {
  readonly context: EndableContext;
  readonly #caller: HttpCaller;

  constructor(caller: HttpCaller, context: EndableContext) {
    this.#caller = caller;
    this.context = context;
  }

  /** @throws `PERMISSION_DENIED` as the host does, or what the operation throws. */
  async call(name: string, ...args: readonly WireValue[]): Promise<WireValue> {
    const { definition, state } = this.#caller;
    const operation = definition.operations[name];
    if (operation === undefined) throw new Error(`no operation ${name}`);
    if (definition.concerns?.(args, this.context) === false) {
      throw new WasmatrixError('CAPABILITY_NOT_FOUND', 'no assignment concerns the call');
    }
    const needed = operation.permission(args);
    const all = Array.isArray(needed) ? needed : [needed as RequiredPermission];
    if (!all.every((each) => this.context.allows(each))) {
      throw new WasmatrixError('PERMISSION_DENIED', 'no grant covers the operation');
    }
    return operation.run(args, this.context, state);
  }

  async request(url: string, options: Readonly<Record<string, WireValue>> = {}): Promise<Reply> {
    return (await this.call('request', null, { method: 'GET', url, ...options })) as Reply;
  }

  /** @returns the number of the transfer, or the answer that tells why there is none. */
  async begin(url: string, options: Readonly<Record<string, WireValue>> = {}): Promise<Reply> {
    return (await this.call('begin', null, { method: 'GET', url, ...options })) as Reply;
  }

  /** Calls an operation on a transfer that was begun. */
  async on(begun: Reply, name: string, ...args: readonly WireValue[]): Promise<Reply> {
    return (await this.call(name, this.context.capabilityId, begun.transfer, ...args)) as Reply;
  }

  /** Reads to the end, or up to a failure. */
  async readAll(begun: Reply): Promise<{ readonly bytes: Buffer; readonly error?: string }> {
    const pieces: Uint8Array[] = [];
    for (;;) {
      const piece = await this.on(begun, 'read', 65_536, 5_000);
      if (piece.error !== undefined) {
        return { bytes: Buffer.concat(pieces), error: piece.error };
      }
      pieces.push(piece.bytes ?? new Uint8Array());
      if (piece.isEnd === true) return { bytes: Buffer.concat(pieces) };
    }
  }

  /** How a request ends, in one word: `served`, the code of a refusal, or the tag of a failure. */
  async fateOf(url: string, options: Readonly<Record<string, WireValue>> = {}): Promise<string> {
    try {
      const reply = await this.request(url, options);
      return reply.error ?? (reply.status === 200 ? 'served' : `status ${reply.status}`);
    } catch (error) {
      if (error instanceof WasmatrixError) return error.code;
      throw error;
    }
  }
}

/** The text of some bytes. */
export function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? new Uint8Array()).toString('utf8');
}
