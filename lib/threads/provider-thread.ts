import { Worker } from 'node:worker_threads';
import { type Remote, transfer, wrap } from 'comlink';
import type { DeliveredMessage, DeliveryOutcome } from '../core/provider.ts';
import { isThreadMessage } from '../protocol/instance-messages.ts';
import type {
  ProviderControl,
  ProviderThreadData,
  ProviderThreadInput,
  ProviderThreadOutput,
  ServingEnd,
} from '../protocol/provider-messages.ts';
import { type ControlEndpoint, controlEndpoint } from './control-endpoint.ts';
import { type ThreadEnd, ThreadGone } from './thread-end.ts';

const SCRIPT = new URL('../../workers/provider.worker.cjs', import.meta.url);

/** The longest that anybody waits for most answers. */
const HOLD_MS = 12_000;

/** What a provider's thread tells while it lives. */
export interface ProviderThreadListener {
  /** There are facts to be read. */
  onFacts(): void;
  deliver(instanceId: string, message: DeliveredMessage): Promise<DeliveryOutcome>;
}

/** The worker thread of one life of a provider. */
export class ProviderThread {
  /** Resolves when the thread is gone; never rejects. */
  readonly ended: Promise<ThreadEnd>;
  /** Resolves when the provider's code is loaded; rejects with `ThreadGone` if that was its end. */
  readonly ready: Promise<void>;
  readonly #worker: Worker;
  readonly #endpoint: ControlEndpoint;
  readonly #listener: ProviderThreadListener;
  // Losing the last reference to the proxy would make Comlink tell the thread to let go and exit.
  #control: Remote<ProviderControl> | undefined;
  #end: ThreadEnd | undefined;
  #error: (Error & { readonly code?: string }) | undefined;
  #isTerminating = false;
  #asked = 0;

  /** @param heapMb - old generation of the thread's heap, in MiB. */
  constructor(data: ProviderThreadData, heapMb: number, listener: ProviderThreadListener) {
    this.#listener = listener;
    this.#worker = new Worker(SCRIPT, {
      name: `provider-${data.providerId}`,
      // A built-in provider takes nothing from the environment: no proxy, no credentials. A module of
      // the host's own is the host's own code.
      ...('builtIn' in data.source ? { env: {} } : {}),
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    this.#endpoint = controlEndpoint((message, list) =>
      this.#worker.postMessage(message, list as never),
    );
    this.#control = wrap<ProviderControl>(this.#endpoint);
    const { promise, resolve } = Promise.withResolvers<ThreadEnd>();
    this.ended = promise;
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    this.ready.catch(() => undefined);
    // Providers serve; it is instances that keep the process alive.
    this.#worker.unref();
    this.#worker.on('message', (message: unknown) => this.#receive(message, ready.resolve));
    this.#worker.on('messageerror', () => undefined);
    this.#worker.on('error', (error: Error) => {
      this.#error = error;
    });
    this.#worker.once('exit', (code) => {
      this.#end = this.#endOf(code);
      this.#endpoint.fail(new ThreadGone(this.#end));
      this.#control = undefined;
      ready.reject(new ThreadGone(this.#end));
      resolve(this.#end);
    });
  }

  /**
   * Asks the thread, which keeps the process alive until it has answered, or for as long as anybody
   * waits for that.
   *
   * @param holdMs - how long somebody does.
   * @throws `ThreadGone`
   */
  async ask<T>(
    question: (control: ProviderControl) => Promise<T>,
    holdMs: number = HOLD_MS,
  ): Promise<T> {
    if (this.#control === undefined) throw new ThreadGone(this.#end as ThreadEnd);
    const letGo = this.#hold(holdMs);
    try {
      return await question(this.#control);
    } catch (error) {
      if (this.#end !== undefined) throw new ThreadGone(this.#end);
      throw error;
    } finally {
      letGo();
    }
  }

  #hold(holdMs: number): () => void {
    let isHeld = true;
    const letGo = (): void => {
      clearTimeout(timer);
      if (!isHeld) return;
      isHeld = false;
      this.#asked -= 1;
      if (this.#asked === 0 && !this.#isTerminating) this.#worker.unref();
    };
    const timer = setTimeout(letGo, holdMs).unref();
    this.#asked += 1;
    this.#worker.ref();
    return letGo;
  }

  /** Hands the thread the serving end of a guest's channel. */
  connect(instanceId: string, end: ServingEnd): void {
    if (this.#control === undefined) return;
    const list = [end.port as never];
    // One whose thread dies meanwhile is answered by the host.
    void this.#control.connect(instanceId, transfer(end, list)).catch(() => undefined);
  }

  #receive(message: unknown, onReady: () => void): void {
    if (!isThreadMessage(message)) return;
    const output = message as ProviderThreadOutput;
    switch (output.kind) {
      case 'wasmatrix.control':
        this.#endpoint.receive(output.payload);
        return;
      case 'wasmatrix.facts':
        this.#listener.onFacts();
        return;
      case 'wasmatrix.deliver':
        void this.#deliver(output.deliveryId, output.instanceId, output.message);
        return;
      case 'wasmatrix.ready':
        onReady();
        return;
    }
  }

  async #deliver(deliveryId: number, instanceId: string, message: DeliveredMessage): Promise<void> {
    const outcome = await this.#listener.deliver(instanceId, message);
    if (this.#end !== undefined) return;
    const reply: ProviderThreadInput = { kind: 'wasmatrix.delivered', deliveryId, outcome };
    this.#worker.postMessage(reply);
  }

  #endOf(code: number): ThreadEnd {
    if (this.#error?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      return { reason: 'out-of-memory', message: "the provider's heap is exhausted" };
    }
    if (this.#error !== undefined) return { reason: 'lost', message: this.#error.message };
    if (this.#isTerminating) return { reason: 'terminated', message: 'the thread was terminated' };
    return { reason: 'lost', message: `the provider's thread ended by itself with code ${code}` };
  }

  /** Ends the thread now, whatever it does. Resolves when it is gone; idempotent. */
  async terminate(): Promise<void> {
    this.#isTerminating = true;
    this.#worker.ref();
    if (this.#end === undefined) await this.#worker.terminate();
    await this.ended;
  }
}
