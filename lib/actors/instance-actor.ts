import type { ActorRefFrom } from 'xstate';
import { WasmatrixError } from '../core/errors.ts';
import type { InstanceInfo, InstanceUsage } from '../core/instance-info.ts';
import type { InstanceStatus } from '../core/lifecycle.ts';
import type { instanceMachine } from '../machines/instance-machine.ts';
import type { LifeEnd, LifeHandle, LifeReport } from '../machines/life-logic.ts';
import type { CallOutcome } from '../protocol/instance-messages.ts';
import { callsProviders } from '../wasm/admitted-module.ts';
import { CallQueue, type CallQueueOwner, type CallRequest } from './call-queue.ts';
import { InstanceLife } from './instance-life.ts';
import type { InstanceParts, SleepingState } from './instance-parts.ts';
import { errorOfFailure, exitOfFailure } from './outcome-failure.ts';
import { StartWaiters } from './start-waiters.ts';

/** The machine of one instance, as an actor. */
export type InstanceMachineRef = ActorRefFrom<typeof instanceMachine>;

/**
 * One instance: binds its lifecycle machine to real lives and its mailbox. The machine decides, this
 * acts; calls go past the machine, straight to the thread.
 */
export class InstanceActor {
  readonly parts: InstanceParts;
  readonly #queue: CallQueue;
  readonly #createdAt: string;
  readonly #callsProviders: boolean;
  #machine: InstanceMachineRef | undefined;
  #life: InstanceLife | undefined;
  readonly #startWaiters = new StartWaiters();
  #gone: Promise<void> = Promise.resolve();

  constructor(parts: InstanceParts) {
    this.parts = parts;
    this.#callsProviders = callsProviders(parts.module.admitted);
    this.#createdAt = parts.past?.createdAt ?? new Date(parts.clock.now()).toISOString();
    const owner: CallQueueOwner = {
      instanceId: parts.instanceId,
      clock: parts.clock,
      limit: parts.spec.limits.mailbox,
      latencies: parts.latencies,
      judge: (outcome, { exportName }) => this.#judge(outcome, exportName),
      onDeadline: (call) => this.#deadlinePassed(call),
      onOverflow: parts.onOverflow,
      onCallEnded: (isIdle) => parts.sleep?.onPause(isIdle),
    };
    const { queue } = parts.past ?? {};
    queue?.pause(owner);
    this.#queue = queue ?? new CallQueue(owner, parts.past?.begun);
  }

  /** The machine that decides about this instance. */
  get machine(): InstanceMachineRef {
    if (this.#machine === undefined) throw new Error('the instance is not bound to its machine');
    return this.#machine;
  }

  /** What names it in facts. */
  get place(): { readonly instanceId: string; readonly groupId?: string } {
    const { instanceId, member } = this.parts;
    return member === undefined ? { instanceId } : { instanceId, groupId: member.groupId };
  }

  /** Takes the machine, before it is started. */
  bind(machine: InstanceMachineRef): void {
    this.#machine = machine;
    machine.on('fact', (fact) => this.parts.onFact(fact));
  }

  /** Resolves when the next life runs; rejects with the reason when it could not. */
  nextStart(): Promise<void> {
    return this.#startWaiters.next();
  }

  /** Ends the current life without the machine, which has failed. */
  abandon(): void {
    this.#life?.dispose();
    this.#queue.detach(() => this.#crash('the instance was lost'));
  }

  /** The machine has come to its end: nobody needs to wait any longer. */
  concluded(): void {
    this.#startWaiters.settle(this.#crash('the instance was stopped'));
  }

  /** Resolves when the threads of all lives so far are gone. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  /** Begins a life for the machine; reports, never throws. */
  beginLife(life: number, report: (report: LifeReport) => void): LifeHandle {
    let hasRun = false;
    const { instanceId, spec, module, carriers, clock, desk, outputs } = this.parts;
    const current = new InstanceLife(
      { instanceId, spec, module, carriers, former: this.#gone, clock, desk, outputs },
      {
        onReady: () => {
          hasRun = true;
          report({ type: 'life.ready', life });
          this.#queue.attach((exportName, args) => current.call(exportName, args));
          this.#startWaiters.settle(undefined);
          this.parts.member?.onRunning();
          if (this.isBetweenCalls) this.parts.sleep?.onPause(true);
        },
        onEnd: (end) => {
          if (!hasRun && this.parts.sleep?.onNoRoom(end.error) === true) return;
          // First, because the machine ends the life too, and knows no more than that it is over. Who waits
          // although this life has run waits for the next one.
          if (!hasRun) this.#startWaiters.settle(end.error);
          this.#leave(current, end.error);
          report({ type: 'life.ended', life, end });
        },
      },
    );
    this.#life = current;
    this.#gone = Promise.all([this.#gone, current.gone]).then(() => undefined);
    return {
      drain: () =>
        this.#drain(() => {
          if (module.admitted.life === 'reactor') report({ type: 'life.drained', life });
        }),
      dispose: () => {
        current.dispose();
        if (this.#life === current) this.#leave(current, this.#crash('the instance was stopped'));
      },
    };
  }

  /** Whether no call runs. */
  get isBetweenCalls(): boolean {
    return this.#queue.isBetweenCalls;
  }

  /** Lets go of its thread; to be called while it stands still. What it is woken with. */
  suspend(): SleepingState {
    const { life, history, lastExit } = this.machine.getSnapshot().context;
    const { begun, depth } = this.#queue;
    const cpuMs = this.#cpuMs;
    this.#life?.suspend();
    this.#life = undefined;
    const queue = depth === 0 ? {} : { queue: this.#queue };
    return { life, history, lastExit, createdAt: this.#createdAt, begun, cpuMs, ...queue };
  }

  /** Refuses every call that waits. */
  refuse(error: WasmatrixError): void {
    this.#queue.detach(() => error);
  }

  get #cpuMs(): number {
    return (this.parts.past?.cpuMs ?? 0) + (this.#life?.usage.cpuMs ?? 0);
  }

  #leave(life: InstanceLife, error: WasmatrixError): void {
    if (this.#life !== life) return;
    this.#queue.detach(() =>
      error.code === 'CRASH_DETECTED' ? error : this.#crash('the instance has ended', error),
    );
  }

  #drain(onIdle: () => void): void {
    this.#queue.drain(() => this.#crash('the instance is stopping'), onIdle);
  }

  #crash(message: string, cause?: unknown): WasmatrixError {
    const { instanceId } = this.parts;
    return new WasmatrixError('CRASH_DETECTED', message, { instanceId }, { cause });
  }

  #judge(outcome: CallOutcome, exportName: string): unknown {
    if (outcome.isOk) return outcome.value;
    const { failure } = outcome;
    const error = errorOfFailure(failure, { instanceId: this.parts.instanceId, exportName });
    const exit = exitOfFailure(failure, new Date(this.parts.clock.now()).toISOString());
    if (exit !== undefined) this.#life?.end(exit, this.#crash('the instance has ended', error));
    throw error;
  }

  #deadlinePassed({ exportName, timeoutMs }: CallRequest): void {
    const message = `${exportName} ran longer than ${timeoutMs} ms`;
    const at = new Date(this.parts.clock.now()).toISOString();
    this.#life?.end({ reason: 'timeout', message, at }, this.#crash(message));
  }

  /**
   * Runs a call, or lets it wait.
   *
   * @param requestId - of the request that it goes back to.
   * @throws `INVALID_REQUEST` where the instance does not take calls now.
   */
  call(request: CallRequest, requestId?: string): Promise<unknown> {
    const { telemetry } = this.parts;
    if (telemetry?.isWanted(requestId) !== true) return this.#submit(request);
    const call = { ...this.place, exportName: request.exportName, requestId };
    const followed = telemetry.follow(call, this.#callsProviders);
    return followed.settles(this.#submit({ ...request, followed }));
  }

  #submit(request: CallRequest): Promise<unknown> {
    const { status } = this;
    if (status !== 'running' && status !== 'starting') {
      return Promise.reject(
        new WasmatrixError('INVALID_REQUEST', `the instance is ${status}`, {
          field: 'id',
          instanceId: this.parts.instanceId,
          status,
        }),
      );
    }
    return this.#queue.submit(request);
  }

  /** What the instance is doing: the machine's state, corrected by whether the thread is alive. */
  get status(): InstanceStatus {
    const snapshot = this.machine.getSnapshot();
    if (snapshot.status !== 'active') {
      const { value } = snapshot;
      return value === 'stopped' || value === 'completed' ? 'stopped' : 'crashed';
    }
    if (snapshot.matches({ up: 'running' })) {
      return this.#life?.isAlive === true ? 'running' : 'crashed';
    }
    if (snapshot.matches({ up: 'starting' })) return 'starting';
    if (snapshot.matches('held') && snapshot.context.isHoldAsked) return 'stopped';
    return snapshot.matches('up') ? 'stopping' : 'crashed';
  }

  /** Where the machine is, as a path. */
  get #lifecycle(): string {
    const { value } = this.machine.getSnapshot();
    return typeof value === 'string' ? value : Object.entries(value).flat().join('.');
  }

  /** Whether it is down and waits for its group. */
  get isHeld(): boolean {
    return this.machine.getSnapshot().matches('held');
  }

  get depth(): number {
    return this.#queue.depth;
  }

  get begun(): number {
    return this.#queue.begun;
  }

  /** What it uses at this moment. */
  get usage(): InstanceUsage {
    const { status } = this;
    const isUp = status === 'running' || status === 'starting' || status === 'stopping';
    return {
      memoryBytes: isUp ? (this.#life?.usage.memoryBytes ?? 0) : 0,
      cpuMs: this.#cpuMs,
      calls: this.#queue.begun,
      mailboxDepth: this.#queue.depth,
    };
  }

  info(): InstanceInfo {
    const { nodeId, spec, module } = this.parts;
    const { context } = this.machine.getSnapshot();
    const { status } = this;
    const output = this.#life?.output;
    return {
      ...this.place,
      nodeId,
      ...(spec.name === undefined ? {} : { name: spec.name }),
      labels: spec.labels,
      moduleHash: module.admitted.sha256,
      abi: module.admitted.abi,
      status,
      lifecycle: this.#lifecycle,
      createdAt: this.#createdAt,
      restarts: Math.max(0, context.life - 1),
      ...(context.nextRestartAtMs === undefined
        ? {}
        : { nextRestartAt: new Date(context.nextRestartAtMs).toISOString() }),
      residency: spec.residency,
      isolation: spec.isolation,
      restartPolicy: spec.restartPolicy,
      limits: spec.limits,
      ...(context.lastExit === undefined ? {} : { lastExit: context.lastExit }),
      usage: this.usage,
      ...(output === undefined ? {} : { output }),
    };
  }

  /** How a life ends that could not be begun because of a bug of ours. */
  endOfBug(message: string): LifeEnd {
    const at = new Date(this.parts.clock.now()).toISOString();
    return { exit: { reason: 'lost', message, at }, error: this.#crash(message) };
  }
}
