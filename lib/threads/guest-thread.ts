import { type Transferable, Worker } from 'node:worker_threads';
import { type Remote, wrap } from 'comlink';
import type {
  CallOutcome,
  InstanceControl,
  LifeRequest,
  ThreadInput,
  ThreadOutput,
} from '../protocol/instance-messages.ts';
import { isThreadMessage } from '../protocol/instance-messages.ts';
import type { AbiName } from '../wasm/admitted-module.ts';
import { CodeSender } from './code-sender.ts';
import { type ControlEndpoint, controlEndpoint } from './control-endpoint.ts';
import type { CarrierListener, GuestCarrier } from './guest-carrier.ts';
import { rehearsalRequest } from './rehearsal.ts';
import { type ThreadEnd, ThreadGone } from './thread-end.ts';
import { guestThreadOptions } from './thread-options.ts';
import {
  type CodeCacheMessage,
  type ShareCodeMessage,
  WORKER_BOOTSTRAP,
  type WorkerScript,
} from './worker-script.ts';

interface PendingCall {
  readonly resolve: (outcome: CallOutcome) => void;
  readonly reject: (error: ThreadGone) => void;
}

/** One worker thread that is, or will become, one instance; it dies with it. */
export class GuestThread implements GuestCarrier {
  /** Ours, never reused; Node's own ids say nothing about leases. */
  readonly id: number;
  /** Resolves when the thread has loaded; rejects with `ThreadGone` when it ended before. */
  readonly ready: Promise<void>;
  /** Resolves when the thread is gone; never rejects. */
  readonly ended: Promise<ThreadEnd>;
  readonly #worker: Worker;
  readonly #script: WorkerScript;
  readonly #endpoint: ControlEndpoint;
  // Losing the last reference to the proxy would make Comlink tell the thread to let go and exit.
  #control: Remote<InstanceControl> | undefined;
  readonly #pending = new Map<number, PendingCall>();
  readonly #code = new CodeSender();
  #listener: CarrierListener | undefined;
  #onStarted: (() => void) | undefined;
  #lastCallId = 0;
  /** The ABI for which the thread has been asked to share its code. */
  #sharing: AbiName | undefined;
  #error: Error | undefined;
  #isTerminating = false;
  #end: ThreadEnd | undefined;

  /** @param heapMb - old generation of the thread's heap, in MiB. */
  constructor(id: number, heapMb: number, script: WorkerScript) {
    this.id = id;
    this.#script = script;
    this.#worker = new Worker(WORKER_BOOTSTRAP, {
      ...guestThreadOptions(id, heapMb),
      eval: true,
      workerData: script.data,
    });
    this.#endpoint = controlEndpoint((message, list) =>
      this.#worker.postMessage(message, list as readonly Transferable[]),
    );
    this.#control = wrap<InstanceControl>(this.#endpoint);
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<ThreadEnd>();
    this.ready = ready.promise;
    this.ended = ended.promise;
    this.ready.catch(() => undefined);
    this.#worker.on('message', (message: unknown) => this.#receive(message, ready.resolve));
    this.#worker.on('messageerror', () => undefined);
    this.#worker.on('error', (error: Error) => {
      this.#error = error;
    });
    this.#worker.once('exit', (code) => {
      const end = this.#endOf(code);
      this.#settle(end);
      ready.reject(new ThreadGone(end));
      ended.resolve(end);
    });
  }

  /** Whether the thread has not ended yet. */
  get isAlive(): boolean {
    return this.#end === undefined;
  }

  /** Whether an open thread keeps the process alive. */
  holdProcess(isHeld: boolean): void {
    if (isHeld) this.#worker.ref();
    else this.#worker.unref();
  }

  /** Who hears what happens from now on. */
  listen(listener: CarrierListener): void {
    this.#listener = listener;
    if (this.#end !== undefined) listener.onEnd(this.#end);
  }

  /** Has the registry hear when a guest is instantiated, or could not be. */
  whenStarted(hear: () => void): void {
    this.#onStarted = hear;
  }

  /**
   * Prepares the thread for its start, which is then several times as fast.
   *
   * @throws `ThreadGone`
   */
  async rehearse(): Promise<void> {
    const request = rehearsalRequest();
    await this.#ask<void>((control) => control.rehearse(request, this.#script.latest));
    this.#shareCode(request.admitted.abi);
  }

  /** Nobody hears any more what becomes of the guest, which stands still. */
  quit(): void {
    this.#listener = undefined;
  }

  /**
   * Has the thread let go of its last guest, which the next one would have it do in any case.
   *
   * @throws `ThreadGone`
   */
  async reset(): Promise<void> {
    await this.#ask<void>((control) => control.reset());
  }

  /**
   * Makes the thread an instance.
   *
   * @throws `ThreadGone`
   */
  async start(
    { code, ...life }: LifeRequest,
    transferList: readonly Transferable[],
  ): Promise<CallOutcome> {
    if (code.kind !== 'compiled') throw new Error('a thread takes compiled code only');
    const { admitted, ...request } = life;
    this.#script.latest = admitted.abi;
    const outcome = await this.#post((callId) => {
      const sent = this.#code.send({ admitted, modules: code.modules });
      const message: ThreadInput = { kind: 'wasmatrix.start', callId, code: sent, request };
      this.#worker.postMessage(message, [...transferList]);
    });
    this.#onStarted?.();
    if (outcome.isOk) this.#shareCode(admitted.abi);
    return outcome;
  }

  #shareCode(abi: AbiName): void {
    if (this.#end !== undefined || !this.#script.seek(abi)) return;
    this.#sharing = abi;
    const message: ShareCodeMessage = { kind: 'wasmatrix.share-code' };
    this.#worker.postMessage(message);
  }

  async #ask<T>(question: (control: Remote<InstanceControl>) => Promise<T>): Promise<T> {
    try {
      if (this.#control === undefined) throw new ThreadGone(this.#end as ThreadEnd);
      return await question(this.#control);
    } catch (error) {
      if (this.#end !== undefined) throw new ThreadGone(this.#end);
      throw error;
    }
  }

  /**
   * Calls an export. One call at a time is the caller's duty.
   *
   * @throws `ThreadGone`, or what `postMessage` throws for arguments that cannot be cloned.
   */
  call(exportName: string, args: readonly unknown[]): Promise<CallOutcome> {
    return this.#post((callId) => {
      const message: ThreadInput = { kind: 'wasmatrix.call', callId, exportName, args };
      this.#worker.postMessage(message);
    });
  }

  async #post(post: (callId: number) => void): Promise<CallOutcome> {
    if (this.#end !== undefined) throw new ThreadGone(this.#end);
    const { promise, resolve, reject } = Promise.withResolvers<CallOutcome>();
    const callId = ++this.#lastCallId;
    post(callId);
    this.#pending.set(callId, { resolve, reject });
    return promise;
  }

  /** Ends the thread now, whatever it does. Resolves when it is gone; idempotent. */
  async terminate(): Promise<void> {
    this.#isTerminating = true;
    // A spare does not keep the process alive; waiting for its end has to.
    this.#worker.ref();
    if (this.#end === undefined) await this.#worker.terminate();
    await this.ended;
  }

  #receive(message: unknown, onReady: () => void): void {
    if (!isThreadMessage(message)) return;
    const output = message as ThreadOutput | CodeCacheMessage;
    switch (output.kind) {
      case 'wasmatrix.code-cache':
        this.#sharing = undefined;
        this.#script.remember(output);
        return;
      case 'wasmatrix.ready':
        onReady();
        return;
      case 'wasmatrix.control':
        this.#endpoint.receive(output.payload);
        return;
      case 'wasmatrix.command-ended':
        this.#listener?.onCommandEnded(output.outcome);
        return;
      case 'wasmatrix.result': {
        const call = this.#pending.get(output.callId);
        this.#pending.delete(output.callId);
        call?.resolve(output.outcome);
        return;
      }
    }
  }

  #endOf(code: number): ThreadEnd {
    const error: (Error & { readonly code?: string }) | undefined = this.#error;
    if (error?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      return { reason: 'out-of-memory', message: "the thread's heap is exhausted" };
    }
    if (error !== undefined) return { reason: 'lost', message: error.message };
    if (this.#isTerminating) return { reason: 'terminated', message: 'the thread was terminated' };
    return { reason: 'lost', message: `the thread ended by itself with code ${code}` };
  }

  #settle(end: ThreadEnd): void {
    this.#end = end;
    if (this.#sharing !== undefined) this.#script.seekAgain(this.#sharing);
    const gone = new ThreadGone(end);
    const calls = [...this.#pending.values()];
    this.#pending.clear();
    for (const call of calls) call.reject(gone);
    this.#endpoint.fail(gone);
    // Comlink's registry of finalizers holds the endpoint, which leads here, for as long as the proxy
    // lives: without this nothing of a dead thread would ever be freed.
    this.#control = undefined;
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onEnd(end);
  }
}
