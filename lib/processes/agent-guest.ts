import { messageOf, WasmatrixError } from '../core/errors.ts';
import type { WireValue } from '../core/provider.ts';
import { type CapabilityCall, readFailure, writeCall } from '../protocol/capability-call.ts';
import { REPLY } from '../protocol/capability-slot.ts';
import type { CallOutcome, ProviderMapping } from '../protocol/instance-messages.ts';
import { newOutputRing } from '../protocol/output-ring.ts';
import type {
  ProcessAnswer,
  ProcessNews,
  ProcessOutput,
  ProcessRoute,
  ProcessStart,
} from '../protocol/process-messages.ts';
import { VITALS_BYTES } from '../protocol/vitals.ts';
import { WireReader, WireWriter } from '../protocol/wire-codec.ts';
import { MOVED } from '../serving/provider-server.ts';
import { ServingChannel, type ServingPort } from '../serving/serving-channel.ts';
import { TentativeRefusal } from '../serving/tentative-refusal.ts';
import { GuestLinks } from '../threads/guest-links.ts';
import type { GuestThread } from '../threads/guest-thread.ts';
import { ThreadGone } from '../threads/thread-end.ts';
import type { AgentModules } from './agent-modules.ts';
import type { AgentThreads } from './agent-threads.ts';
import { GuestNews } from './guest-news.ts';

/** Codes and length prefixes around the largest payload. */
const ENVELOPE_BYTES = 64 * 1_024;

type Answered = WireValue | typeof MOVED;

interface PendingAsk {
  readonly resolve: (value: Answered) => void;
  readonly reject: (error: Error) => void;
}

/** What a guest has of its process. */
export interface GuestParts {
  readonly modules: AgentModules;
  readonly threads: AgentThreads;
}

/** One guest inside its process: a thread of its own, whose capability calls go out to the host. */
export class AgentGuest {
  readonly #guest: number;
  readonly #thread: GuestThread;
  readonly #parts: GuestParts;
  readonly #post: (message: ProcessOutput) => void;
  readonly #asks = new Map<number, PendingAsk>();
  readonly #channels = new Map<string, ServingChannel>();
  #links: GuestLinks | undefined;
  #news: GuestNews | undefined;
  #writer: WireWriter | undefined;
  #lastAskId = 0;

  constructor(
    guest: number,
    thread: GuestThread,
    parts: GuestParts,
    post: (message: ProcessOutput) => void,
  ) {
    this.#guest = guest;
    this.#thread = thread;
    this.#parts = parts;
    this.#post = post;
    thread.listen({
      onCommandEnded: (outcome) => {
        post({ kind: 'wasmatrix.command-ended', guest, outcome, ...this.#fresh() });
      },
      onEnd: ({ reason, message }) => {
        this.#news?.close();
        this.#links?.close();
        for (const channel of this.#channels.values()) channel.close();
        post({ kind: 'wasmatrix.gone', guest, reason, message });
      },
    });
  }

  async start(request: ProcessStart): Promise<void> {
    const outcome = await this.#outcomeOf(() => this.#start(request));
    if (outcome === undefined) return;
    this.#post({ kind: 'wasmatrix.started', guest: this.#guest, outcome, ...this.#fresh() });
  }

  #fresh(): { readonly news?: ProcessNews } {
    const news = this.#news?.take();
    return news === undefined ? {} : { news };
  }

  async #start({
    code,
    streamBytes,
    routes,
    mappings,
    ...request
  }: ProcessStart): Promise<CallOutcome> {
    const vitals = new SharedArrayBuffer(VITALS_BYTES);
    const output =
      streamBytes === undefined
        ? undefined
        : { stdout: newOutputRing(streamBytes), stderr: newOutputRing(streamBytes) };
    this.#news = new GuestNews(vitals, output, (news) =>
      this.#post({ kind: 'wasmatrix.news', guest: this.#guest, ...news }),
    );
    // Before there is anything to wait for: changes of them may already be on their way.
    const links = this.#connect(routes, mappings, request.payloadBytes);
    const { admitted, modules } = await this.#parts.modules.of(code);
    const capability = links?.handOver();
    return this.#thread.start(
      {
        ...request,
        admitted,
        code: { kind: 'compiled', modules },
        vitals,
        ...(output === undefined ? {} : { output }),
        ...(capability === undefined ? {} : { capability: capability.access }),
      },
      capability?.ports ?? [],
    );
  }

  #connect(
    routes: readonly ProcessRoute[] | undefined,
    mappings: readonly ProviderMapping[] = [],
    payloadBytes: number,
  ): GuestLinks | undefined {
    if (routes === undefined) return undefined;
    this.#writer = new WireWriter(payloadBytes + ENVELOPE_BYTES);
    this.#links = new GuestLinks(String(this.#guest), payloadBytes, (call, isTentative) =>
      this.#ask(undefined, call, isTentative),
    );
    for (const each of routes) this.route(each);
    for (const each of mappings) this.map(each);
    return this.#links;
  }

  /** A way is new, or has changed. */
  route({ providerId, family, isOpen }: ProcessRoute): void {
    if (!isOpen) {
      this.#links?.disconnect(providerId, family);
      return;
    }
    const end = this.#links?.connect(providerId, family).servingEnd;
    if (end === undefined) return;
    const channel = new ServingChannel(
      { ...end, port: end.port as ServingPort },
      (call, isTentative) => this.#ask(providerId, call, isTentative),
    );
    // The guest closes the port of the former when it hears of the new way.
    this.#channels.set(providerId, channel);
  }

  /** What is mapped to a provider has changed. */
  map(mapping: ProviderMapping): void {
    this.#links?.map(mapping);
  }

  /** A provider that was being replaced has stayed. */
  wake(): void {
    this.#links?.wake();
  }

  #ask(
    providerId: string | undefined,
    call: CapabilityCall,
    isTentative: boolean,
  ): Promise<Answered> {
    const writer = this.#writer as WireWriter;
    writeCall(writer, call);
    const askId = ++this.#lastAskId;
    // The guest waits for one answer at a time; what it no longer waits for has been given up.
    for (const [former, { reject }] of this.#asks) {
      this.#asks.delete(former);
      reject(new WasmatrixError('TIMEOUT', 'the call was given up'));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Answered>();
    this.#asks.set(askId, { resolve, reject });
    this.#post({
      kind: 'wasmatrix.ask',
      guest: this.#guest,
      askId,
      ...(providerId === undefined ? {} : { providerId }),
      isTentative,
      request: writer.written.slice(),
    });
    return promise;
  }

  /** The host has an answer. */
  answer({ askId, reply, bytes }: ProcessAnswer): void {
    const ask = this.#asks.get(askId);
    this.#asks.delete(askId);
    if (ask === undefined) return;
    if (reply === REPLY.moved) ask.resolve(MOVED);
    else if (reply === REPLY.value) ask.resolve(new WireReader(bytes).value());
    else ask.reject(refusalOf(bytes, reply === REPLY.refused));
  }

  async call(callId: number, exportName: string, args: readonly unknown[]): Promise<void> {
    const outcome = await this.#outcomeOf(() => this.#thread.call(exportName, args));
    if (outcome === undefined) return;
    const guest = this.#guest;
    this.#post({ kind: 'wasmatrix.result', guest, callId, outcome, ...this.#fresh() });
  }

  end(): void {
    void this.#parts.threads.reap(this.#thread);
  }

  /** `undefined` once the thread is gone, which is told by itself. */
  async #outcomeOf(act: () => Promise<CallOutcome>): Promise<CallOutcome | undefined> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof ThreadGone) return undefined;
      return { isOk: false, failure: { kind: 'link', message: messageOf(error) } };
    }
  }
}

function refusalOf(bytes: Uint8Array, isTentative: boolean): Error {
  if (bytes.length === 0) return new WasmatrixError('STORAGE_ERROR', 'the reply was lost');
  const { code, message } = readFailure(bytes);
  return isTentative ? new TentativeRefusal(code, message) : new WasmatrixError(code, message);
}
