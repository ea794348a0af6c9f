import { type Transferable, Worker } from 'node:worker_threads';
import type {
  CallOutcome,
  LifeRequest,
  SentCode,
  StartRequest,
  ThreadInput,
  ThreadOutput,
} from '../protocol/instance-messages.ts';
import { isThreadMessage } from '../protocol/instance-messages.ts';
import type {
  CodeCacheMessage,
  ScriptName,
  ShareCodeMessage,
  ThreadScript,
} from '../protocol/thread-script.ts';
import type { AbiName } from '../wasm/admitted-module.ts';
import { CodeSender } from './code-sender.ts';
import type { CarrierListener, GuestCarrier } from './guest-carrier.ts';
import { REHEARSED_CALL, rehearsalCode, rehearsalRequest } from './rehearsal.ts';
import { type ThreadEnd, ThreadGone } from './thread-end.ts';
import { guestThreadOptions } from './thread-options.ts';
import { WORKER_BOOTSTRAP, type WorkerScripts } from './worker-scripts.ts';

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
  readonly #scripts: WorkerScripts;
  readonly #pending = new Map<number, PendingCall>();
  readonly #code = new CodeSender();
  /** What binds guests, as far as the thread has it. */
  readonly #binders = new Set<AbiName>();
  #listener: CarrierListener | undefined;
  #onStarted: (() => void) | undefined;
  #lastCallId = 0;
  /** The script for which the thread has been asked to share its code. */
  #sharing: ScriptName | undefined;
  #error: Error | undefined;
  #isTerminating = false;
  #end: ThreadEnd | undefined;

  /** @param heapMb - old generation of the thread's heap, in MiB. */
  constructor(id: number, heapMb: number, scripts: WorkerScripts) {
    this.id = id;
    this.#scripts = scripts;
    this.#worker = new Worker(WORKER_BOOTSTRAP, {
      ...guestThreadOptions(id, heapMb),
      eval: true,
      workerData: scripts.data,
    });
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
   * Prepares the thread for its start, which is then several times as fast: sends it the code that was started
   * last, and has it start something empty in the same way.
   *
   * @throws `ThreadGone`
   */
  async rehearse(): Promise<void> {
    const { latest } = this.#scripts;
    if (latest !== undefined) {
      this.#tell({ kind: 'wasmatrix.prepare', ...this.#sent(latest) });
    }
    const code = rehearsalCode(latest?.admitted.abi ?? 'core');
    await this.#post((callId) => {
      const request = rehearsalRequest();
      this.#tell({ kind: 'wasmatrix.start', callId, ...this.#sent(code), request });
    });
    await this.call(...REHEARSED_CALL);
    await this.reset();
    this.#shareCode('instance');
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
    await this.#post((callId) => this.#tell({ kind: 'wasmatrix.reset', callId }));
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
    const sent = { admitted, modules: code.modules };
    this.#scripts.latest = sent;
    const outcome = await this.#post((callId) => {
      const message = { kind: 'wasmatrix.start', callId, ...this.#sent(sent), request } as const;
      this.#tell(message, transferList);
    });
    this.#onStarted?.();
    if (outcome.isOk) this.#shareCode(admitted.abi);
    return outcome;
  }

  /** Code, and what binds it, each only where the thread does not have it. */
  #sent(code: Pick<StartRequest, 'admitted' | 'modules'>): {
    readonly code: SentCode;
    readonly binder?: ThreadScript;
  } {
    const { abi } = code.admitted;
    const sent = { code: this.#code.send(code) };
    if (this.#binders.has(abi)) return sent;
    this.#binders.add(abi);
    return { ...sent, binder: this.#scripts.get(abi) };
  }

  #tell(message: ThreadInput | ShareCodeMessage, transferList: readonly Transferable[] = []): void {
    this.#worker.postMessage(message, [...transferList]);
  }

  #shareCode(name: ScriptName): void {
    if (this.#end !== undefined || !this.#scripts.seek(name)) return;
    this.#sharing = name;
    this.#tell({ kind: 'wasmatrix.share-code' });
  }

  /**
   * Calls an export. One call at a time is the caller's duty.
   *
   * @throws `ThreadGone`, or what `postMessage` throws for arguments that cannot be cloned.
   */
  call(exportName: string, args: readonly unknown[]): Promise<CallOutcome> {
    return this.#post((callId) => {
      this.#tell({ kind: 'wasmatrix.call', callId, exportName, args });
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
        this.#scripts.remember(output);
        return;
      case 'wasmatrix.ready':
        onReady();
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
    if (this.#sharing !== undefined) this.#scripts.seekAgain(this.#sharing);
    const gone = new ThreadGone(end);
    const calls = [...this.#pending.values()];
    this.#pending.clear();
    for (const call of calls) call.reject(gone);
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onEnd(end);
  }
}
