import type { Clock } from '../core/clock.ts';
import { WasmatrixError } from '../core/errors.ts';
import type { LatencyBuckets } from '../core/latency-buckets.ts';
import type { CallOutcome } from '../protocol/instance-messages.ts';

/** One call on its way through the mailbox. */
export interface CallRequest {
  readonly exportName: string;
  readonly args: readonly unknown[];
  /** Milliseconds it may wait, and milliseconds it may run. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Hears that it leaves the mailbox. */
  readonly followed?: { begun(): void };
}

interface QueuedCall extends CallRequest {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** When it came, by a clock that knows parts of milliseconds. */
  readonly cameMs: number;
  timer: unknown;
  stopListening: () => void;
}

/** What the queue needs of the instance around it. */
export interface CallQueueOwner {
  readonly instanceId: string;
  readonly clock: Clock;
  /** Calls that may wait. */
  readonly limit: number;
  /** Turns an outcome into a value; ends the instance first where the outcome is fatal. */
  judge(outcome: CallOutcome, call: Pick<CallRequest, 'exportName'>): unknown;
  /** The running call has passed its deadline: end the instance. */
  onDeadline(call: CallRequest): void;
  onOverflow(): void;
  /** Counts how long calls took that were begun, their wait included. */
  readonly latencies?: LatencyBuckets;
  /** A call has ended; with `isIdle`, none waits. */
  onCallEnded?(isIdle: boolean): void;
}

/** Runs one call in the thread. */
export type CallRunner = (exportName: string, args: readonly unknown[]) => Promise<CallOutcome>;

/**
 * An instance's mailbox: one call at a time, first come first served, bounded. Every call settles:
 * with its result, at its deadline, by its signal, or when the instance ends.
 */
export class CallQueue {
  // A set keeps the order of arrival and lets an aborted call leave from the middle at once.
  readonly #waiting = new Set<QueuedCall>();
  #owner: CallQueueOwner;
  #running: QueuedCall | undefined;
  #runner: CallRunner | undefined;
  #onIdle: (() => void) | undefined;
  #begun: number;

  /** @param begun - calls that count as begun before. */
  constructor(owner: CallQueueOwner, begun = 0) {
    this.#owner = owner;
    this.#begun = begun;
  }

  /** Calls that wait. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** Whether no call runs. */
  get isBetweenCalls(): boolean {
    return this.#running === undefined;
  }

  /** Calls begun so far. */
  get begun(): number {
    return this.#begun;
  }

  /**
   * @throws `RESOURCE_EXHAUSTED` at once when the mailbox is full; the signal's reason when aborted.
   */
  submit(request: CallRequest): Promise<unknown> {
    if (request.signal?.aborted === true) return Promise.reject(request.signal.reason as Error);
    const isFree = this.#running === undefined && this.#runner !== undefined;
    if (!isFree && this.#waiting.size >= this.#owner.limit) {
      this.#owner.onOverflow();
      return Promise.reject(
        new WasmatrixError('RESOURCE_EXHAUSTED', 'the mailbox is full', {
          instanceId: this.#owner.instanceId,
          resource: 'mailbox',
          limit: this.#owner.limit,
          executed: 'no',
        }),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const call: QueuedCall = {
      ...request,
      resolve,
      reject,
      cameMs: performance.now(),
      timer: undefined,
      stopListening: () => undefined,
    };
    this.#listenForAbort(call);
    if (isFree) {
      this.#run(call);
    } else {
      this.#waiting.add(call);
      call.timer = this.#owner.clock.setTimeout(() => this.#expireWaiting(call), call.timeoutMs);
    }
    return promise;
  }

  #listenForAbort(call: QueuedCall): void {
    const { signal } = call;
    if (signal === undefined) return;
    const onAbort = (): void => {
      // A running call cannot be interrupted without killing the guest, so only its caller lets go.
      if (this.#waiting.delete(call)) this.#owner.clock.clearTimeout(call.timer);
      this.#settle(call, () => call.reject(signal.reason));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    call.stopListening = () => signal.removeEventListener('abort', onAbort);
  }

  #settle(call: QueuedCall, act: () => void): void {
    call.stopListening();
    act();
  }

  #expireWaiting(call: QueuedCall): void {
    if (!this.#waiting.delete(call)) return;
    const { timeoutMs, exportName } = call;
    const error = new WasmatrixError('TIMEOUT', `the call waited ${timeoutMs} ms in the mailbox`, {
      instanceId: this.#owner.instanceId,
      exportName,
      timeoutMs,
      phase: 'queued',
      executed: 'no',
    });
    this.#settle(call, () => call.reject(error));
  }

  #run(call: QueuedCall): void {
    const { clock } = this.#owner;
    this.#running = call;
    call.followed?.begun();
    this.#begun += 1;
    call.timer = clock.setTimeout(() => this.#expireRunning(call), call.timeoutMs);
    this.#begin(call).then(
      (outcome) => {
        if (this.#running === call) this.#finish(call, () => this.#owner.judge(outcome, call));
      },
      (error: unknown) => {
        // A dead thread is reported by `detach`, which has settled the call already.
        if (this.#running === call) {
          this.#finish(call, () => {
            throw error;
          });
        }
      },
    );
  }

  /** A runner that throws at once must not get past the queue with its call unsettled. */
  async #begin({ exportName, args }: QueuedCall): Promise<CallOutcome> {
    return (this.#runner as CallRunner)(exportName, args);
  }

  #finish(call: QueuedCall, value: () => unknown): void {
    this.#owner.clock.clearTimeout(call.timer);
    this.#running = undefined;
    this.#measure(call);
    let result: unknown;
    let failure: { readonly error: unknown } | undefined;
    try {
      result = value();
    } catch (error) {
      failure = { error };
    }
    this.#settle(call, () => {
      if (failure === undefined) call.resolve(result);
      else call.reject(failure.error);
    });
    this.#owner.onCallEnded?.(this.#waiting.size === 0);
    this.#next();
  }

  #measure({ cameMs }: QueuedCall): void {
    this.#owner.latencies?.note(performance.now() - cameMs);
  }

  #expireRunning(call: QueuedCall): void {
    if (this.#running !== call) return;
    const { timeoutMs, exportName } = call;
    this.#running = undefined;
    this.#measure(call);
    const error = new WasmatrixError('TIMEOUT', `the call ran longer than ${timeoutMs} ms`, {
      instanceId: this.#owner.instanceId,
      exportName,
      timeoutMs,
      phase: 'running',
      executed: 'maybe',
    });
    this.#owner.onDeadline(call);
    this.#settle(call, () => call.reject(error));
  }

  #next(): void {
    if (this.#running !== undefined || this.#runner === undefined) return;
    const [call] = this.#waiting;
    if (call === undefined) {
      const onIdle = this.#onIdle;
      this.#onIdle = undefined;
      onIdle?.();
      return;
    }
    this.#waiting.delete(call);
    this.#owner.clock.clearTimeout(call.timer);
    this.#run(call);
  }

  /** A life is ready: calls run by it from now on. */
  attach(runner: CallRunner): void {
    this.#runner = runner;
    this.#next();
  }

  /** No call is begun until somebody attaches a runner again; those that wait go on waiting. */
  pause(owner: CallQueueOwner): void {
    this.#runner = undefined;
    this.#owner = owner;
  }

  /** Refuses what waits and calls back when the running call, if any, is done. */
  drain(reason: () => WasmatrixError, onIdle: () => void): void {
    this.#rejectWaiting(reason);
    if (this.#running === undefined) onIdle();
    else this.#onIdle = onIdle;
  }

  /** The life has ended: whatever runs or waits is refused. */
  detach(reason: () => WasmatrixError): void {
    this.#runner = undefined;
    this.#onIdle = undefined;
    const running = this.#running;
    this.#running = undefined;
    if (running !== undefined) {
      this.#owner.clock.clearTimeout(running.timer);
      this.#settle(running, () => running.reject(withExecuted(reason(), 'maybe')));
    }
    this.#rejectWaiting(reason);
  }

  #rejectWaiting(reason: () => WasmatrixError): void {
    const calls = [...this.#waiting];
    this.#waiting.clear();
    for (const call of calls) {
      this.#owner.clock.clearTimeout(call.timer);
      this.#settle(call, () => call.reject(withExecuted(reason(), 'no')));
    }
  }
}

/** A caller that may ask again has to know whether the first time may have had effects. */
function withExecuted(
  { code, message, details, timestamp, cause }: WasmatrixError,
  executed: 'no' | 'maybe',
): WasmatrixError {
  return new WasmatrixError(code, message, { ...details, executed }, { timestamp, cause });
}
