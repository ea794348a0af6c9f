import { errorFromResponse } from '../core/errors.ts';
import type { CallOutcome, GuestCode, LifeRequest } from '../protocol/instance-messages.ts';
import { appendOutput, outputCapacity } from '../protocol/output-ring.ts';
import type {
  GuestReport,
  ProcessCode,
  ProcessInput,
  ProcessNews,
} from '../protocol/process-messages.ts';
import { writeVital } from '../protocol/vitals.ts';
import type { CarrierListener, GuestCarrier } from '../threads/guest-carrier.ts';
import { type ThreadEnd, ThreadGone } from '../threads/thread-end.ts';
import type { AdmittedModule } from '../wasm/admitted-module.ts';
import { CapabilityRelay } from './capability-relay.ts';

/** A process that does not end a thread by then may be stuck itself. */
const END_DEADLINE_MS = 5_000;

/** What a guest needs of its process. */
export interface ProcessParts {
  readonly post: (message: ProcessInput) => void;
  /** Whether nobody else would be hurt by the end of the process. */
  readonly isAlone: () => boolean;
  readonly killProcess: () => Promise<void>;
  /** How the process comes by the code of a guest. */
  readonly codeFor: (code: GuestCode, admitted: AdmittedModule) => ProcessCode;
  /**
   * Whether the process takes another start or call.
   *
   * @throws `RESOURCE_EXHAUSTED`
   */
  readonly assertTakesMore?: () => void;
}

interface PendingOutcome {
  readonly resolve: (outcome: CallOutcome) => void;
  readonly reject: (error: ThreadGone) => void;
}

/** What a start is waited for by, in the place of the number of a call. */
const START = 0;

/** One guest in another process, as the host sees it. */
export class ProcessGuest implements GuestCarrier {
  /** Resolves when its thread is there; rejects with why it is not. */
  readonly opened: Promise<void>;
  readonly ended: Promise<ThreadEnd>;
  readonly #id: number;
  readonly #parts: ProcessParts;
  readonly #pending = new Map<number, PendingOutcome>();
  readonly #opened = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<ThreadEnd>();
  #listener: CarrierListener | undefined;
  #relay: CapabilityRelay | undefined;
  #shared: Pick<LifeRequest, 'vitals' | 'output'> | undefined;
  #lastCallId = START;
  #end: ThreadEnd | undefined;

  constructor(id: number, parts: ProcessParts) {
    this.#id = id;
    this.#parts = parts;
    this.opened = this.#opened.promise;
    this.ended = this.#ended.promise;
    this.opened.catch(() => undefined);
  }

  get isAlive(): boolean {
    return this.#end === undefined;
  }

  /** Whether somebody waits for an answer of it. */
  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  listen(listener: CarrierListener): void {
    this.#listener = listener;
    if (this.#end !== undefined) listener.onEnd(this.#end);
  }

  async start(request: LifeRequest): Promise<CallOutcome> {
    const { code, admitted, vitals, output, capability, ...rest } = request;
    if (this.#end !== undefined) throw new ThreadGone(this.#end);
    this.#parts.assertTakesMore?.();
    this.#shared = { vitals, ...(output === undefined ? {} : { output }) };
    const guest = this.#id;
    const { post, codeFor } = this.#parts;
    this.#relay =
      capability &&
      new CapabilityRelay(capability, {
        onRoute: (route) => post({ kind: 'wasmatrix.route', guest, route }),
        onMapping: (mapping) => post({ kind: 'wasmatrix.mapping', guest, mapping }),
        onWake: () => post({ kind: 'wasmatrix.wake', guest }),
        onAnswer: (answer) => post({ kind: 'wasmatrix.answer', guest, ...answer }),
      });
    const outcome = this.#outcome(START);
    post({
      kind: 'wasmatrix.start',
      guest,
      request: {
        ...rest,
        code: codeFor(code, admitted),
        ...(output === undefined ? {} : { streamBytes: outputCapacity(output.stdout) }),
        ...(this.#relay === undefined ? {} : { routes: this.#relay.routes }),
        ...(capability?.mappings === undefined ? {} : { mappings: capability.mappings }),
      },
    });
    return outcome;
  }

  async call(exportName: string, args: readonly unknown[]): Promise<CallOutcome> {
    if (this.#end !== undefined) throw new ThreadGone(this.#end);
    this.#parts.assertTakesMore?.();
    this.#relay?.learn();
    const callId = ++this.#lastCallId;
    this.#parts.post({ kind: 'wasmatrix.call', guest: this.#id, callId, exportName, args });
    return this.#outcome(callId);
  }

  #outcome(callId: number): Promise<CallOutcome> {
    const { promise, resolve, reject } = Promise.withResolvers<CallOutcome>();
    this.#pending.set(callId, { resolve, reject });
    return promise;
  }

  #settle(callId: number, outcome: CallOutcome): void {
    this.#pending.get(callId)?.resolve(outcome);
    this.#pending.delete(callId);
  }

  /** Takes a message about this guest. */
  receive(message: GuestReport): void {
    if ('news' in message && message.news !== undefined) this.#takeNews(message.news);
    switch (message.kind) {
      case 'wasmatrix.opened':
        this.#opened.resolve();
        return;
      case 'wasmatrix.refused':
        this.#opened.reject(errorFromResponse(message.error));
        this.lost({ reason: 'terminated', message: message.error.message });
        return;
      case 'wasmatrix.started':
        this.#settle(START, message.outcome);
        return;
      case 'wasmatrix.result':
        this.#settle(message.callId, message.outcome);
        return;
      case 'wasmatrix.command-ended':
        // It may have come in one piece with the start, of which somebody is yet to hear.
        setImmediate(() => this.#listener?.onCommandEnded(message.outcome));
        return;
      case 'wasmatrix.ask':
        this.#relay?.ask(message);
        return;
      case 'wasmatrix.news':
        this.#takeNews(message);
        return;
      case 'wasmatrix.gone':
        this.lost({ reason: message.reason, message: message.message });
        return;
    }
  }

  #takeNews({ memoryBytes, cpuMicros, stdout, stderr }: ProcessNews): void {
    if (this.#shared === undefined) return;
    const vitals = new Float64Array(this.#shared.vitals);
    writeVital(vitals, 'memoryBytes', memoryBytes);
    writeVital(vitals, 'cpuMicros', cpuMicros);
    const { output } = this.#shared;
    if (output === undefined) return;
    if (stdout !== undefined) appendOutput(output.stdout, stdout);
    if (stderr !== undefined) appendOutput(output.stderr, stderr);
  }

  /** The guest is gone, and maybe its process. */
  lost(end: ThreadEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#relay?.close();
    const gone = new ThreadGone(end);
    this.#opened.reject(gone);
    for (const { reject } of this.#pending.values()) reject(gone);
    this.#pending.clear();
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onEnd(end);
    this.#ended.resolve(end);
  }

  async terminate(): Promise<void> {
    if (this.#end !== undefined) return;
    const { post, isAlone, killProcess } = this.#parts;
    if (isAlone()) {
      await killProcess();
      return;
    }
    post({ kind: 'wasmatrix.end', guest: this.#id });
    const deadline = setTimeout(() => void killProcess(), END_DEADLINE_MS);
    await this.ended;
    clearTimeout(deadline);
  }
}
