import type { Clock } from '../core/clock.ts';
import { isWasmatrixError, messageOf, WasmatrixError } from '../core/errors.ts';
import type { InstanceExit } from '../core/exit.ts';
import type { ResolvedInstanceSpec } from '../core/instance-spec.ts';
import type { LifeEnd } from '../machines/life-logic.ts';
import type { CallOutcome, CapabilityAccess, LifeRequest } from '../protocol/instance-messages.ts';
import { newOutputRing, readOutputText } from '../protocol/output-ring.ts';
import { readVitals, VITALS_BYTES } from '../protocol/vitals.ts';
import type { GuestCarrier } from '../threads/guest-carrier.ts';
import type { GuestLinks } from '../threads/guest-links.ts';
import type { CompiledModule } from '../threads/module-store.ts';
import { type ThreadEnd, ThreadGone } from '../threads/thread-end.ts';
import { callsProviders } from '../wasm/admitted-module.ts';
import { mostGrownBytes } from '../wasm/grown-bytes.ts';
import type { CapabilityDesk } from './capability-desk.ts';
import type { GuestCarriers } from './guest-carriers.ts';
import { errorOfFailure, exitOfFailure } from './outcome-failure.ts';
import type { OutputLog } from './output-log.ts';

/** Ends that a guest's thread has told itself: it has nothing to do any more. */
const STANDS_STILL: ReadonlySet<InstanceExit['reason']> = new Set(['trap', 'exited']);

/** What a life is made of. */
export interface LifeParts {
  readonly instanceId: string;
  readonly spec: ResolvedInstanceSpec;
  readonly module: CompiledModule;
  readonly carriers: GuestCarriers;
  /** Resolves when nothing of the lives before is left. */
  readonly former: Promise<void>;
  readonly clock: Clock;
  readonly desk: CapabilityDesk;
  /** Where lines of output go; nowhere without. */
  readonly outputs: OutputLog | undefined;
}

/** What a life tells; each at most once, and nothing after `onEnd`. */
export interface LifeListener {
  onReady(): void;
  onEnd(end: LifeEnd): void;
}

/**
 * One life of an instance: a thread of its own, its channels and its shared memory, from the lease to
 * the last byte given back.
 */
export class InstanceLife {
  /** Resolves when nothing of this life is left; never rejects. */
  readonly gone: Promise<void>;
  readonly #parts: LifeParts;
  readonly #listener: LifeListener;
  readonly #vitals = new SharedArrayBuffer(VITALS_BYTES);
  readonly #output: LifeRequest['output'];
  #carrier: GuestCarrier | undefined;
  #links: GuestLinks | undefined;
  #timer: unknown;
  /** Resolves when the thread carries the guest no longer, and may carry another one. */
  readonly #givenBack = Promise.withResolvers<void>();
  /** Tells that the life has ended while it still waits for a thread that others have. */
  readonly #leaving: AbortController | undefined;
  #isSuspended = false;
  #hasEnded = false;
  #isReady = false;

  constructor(parts: LifeParts, listener: LifeListener) {
    this.#parts = parts;
    this.#listener = listener;
    if (parts.spec.residency === 'on-demand') this.#leaving = new AbortController();
    const streamBytes = Math.floor(parts.spec.limits.outputBytes / 2);
    const { outputs, instanceId } = parts;
    const isFollowed = outputs?.takesAll === true;
    this.#output = parts.module.admitted.hasOutput
      ? {
          stdout: newOutputRing(streamBytes, isFollowed),
          stderr: newOutputRing(streamBytes, isFollowed),
        }
      : undefined;
    const followed = this.#output && outputs?.follow(instanceId, this.#output);
    this.gone = this.#begin().finally(() => followed?.close());
  }

  /** Whether the thread is there and its guest is instantiated. */
  get isAlive(): boolean {
    return this.#isReady && !this.#hasEnded && this.#carrier?.isAlive === true;
  }

  get usage(): { readonly memoryBytes: number; readonly cpuMs: number } {
    const { memoryBytes, cpuMicros } = readVitals(this.#vitals);
    return { memoryBytes: this.#hasEnded ? 0 : memoryBytes, cpuMs: cpuMicros / 1_000 };
  }

  get output(): { readonly stdout: string; readonly stderr: string } | undefined {
    if (this.#output === undefined) return undefined;
    const { stdout, stderr } = this.#output;
    return { stdout: readOutputText(stdout), stderr: readOutputText(stderr) };
  }

  call(exportName: string, args: readonly unknown[]): Promise<CallOutcome> {
    return (this.#carrier as GuestCarrier).call(exportName, args);
  }

  /** Ends the life now, for a reason that it did not report itself. Idempotent. */
  end(exit: InstanceExit, error: WasmatrixError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#release(STANDS_STILL.has(exit.reason));
    this.#listener.onEnd({ exit, error });
  }

  /** Ends the life without telling anybody. Idempotent. */
  dispose(): void {
    if (this.#isSuspended) return;
    // What has ended by itself is being released already.
    if (!this.#hasEnded) this.#release();
    this.#hasEnded = true;
  }

  /** Ends the life of a guest that stands still, so that its thread can carry another one. Tells nobody. */
  suspend(): void {
    if (!this.isAlive) {
      this.dispose();
      return;
    }
    this.#hasEnded = true;
    this.#isSuspended = true;
    this.#disconnect();
    const carrier = this.#carrier as GuestCarrier;
    const { carriers, module, spec } = this.#parts;
    const { memoryBytes } = readVitals(this.#vitals);
    const grownBytes = mostGrownBytes(module.admitted, memoryBytes, spec.limits.memoryBytes);
    void carriers.giveBack(carrier, grownBytes).then(this.#givenBack.resolve);
  }

  #release(isStill = false): void {
    this.#disconnect();
    if (this.#carrier === undefined) {
      this.#leaving?.abort();
      return;
    }
    const { carriers } = this.#parts;
    void (isStill ? carriers.reapStill(this.#carrier) : carriers.reap(this.#carrier));
  }

  #disconnect(): void {
    this.#parts.clock.clearTimeout(this.#timer);
    if (this.#links !== undefined) this.#parts.desk.disconnect(this.#links);
  }

  async #begin(): Promise<void> {
    let carrier: GuestCarrier;
    try {
      carrier = await this.#lease();
    } catch (error) {
      this.#endBy(error);
      return;
    }
    this.#carrier = carrier;
    if (this.#hasEnded) {
      await this.#letGo(carrier);
      return;
    }
    carrier.listen({
      onCommandEnded: (outcome) => this.#commandEnded(outcome),
      onEnd: (end) => this.#threadEnded(end),
    });
    try {
      await this.#start(carrier);
    } catch (error) {
      this.#endBy(error);
    }
    await Promise.race([carrier.ended, this.#givenBack.promise]);
  }

  /** Of a guest that was never instantiated. */
  async #letGo(carrier: GuestCarrier): Promise<void> {
    const { carriers, spec } = this.#parts;
    if (spec.residency === 'on-demand') await carriers.giveBack(carrier);
    else await carrier.terminate();
  }

  async #lease(): Promise<GuestCarrier> {
    const { carriers, spec, module, former } = this.#parts;
    try {
      return await carriers.lease(spec, module, this.#leaving?.signal);
    } catch (error) {
      if (!isWasmatrixError(error) || error.code !== 'RESOURCE_EXHAUSTED') throw error;
      // What is wanting may be what the life before has not given back yet.
      await former;
      if (this.#hasEnded) throw error;
      return carriers.lease(spec, module, this.#leaving?.signal);
    }
  }

  async #start(carrier: GuestCarrier): Promise<void> {
    const { spec, module, clock } = this.#parts;
    const { startTimeoutMs } = spec.limits;
    this.#timer = clock.setTimeout(() => this.#startTimedOut(), startTimeoutMs);
    if (callsProviders(module.admitted)) {
      const { desk, instanceId } = this.#parts;
      this.#links = desk.connect(instanceId, spec.limits.payloadBytes);
    }
    const capability = this.#links?.handOver();
    const request = this.#request(capability?.access);
    const outcome = await carrier.start(request, capability?.ports ?? []);
    clock.clearTimeout(this.#timer);
    if (this.#hasEnded) return;
    if (!outcome.isOk) {
      const { failure } = outcome;
      const at = this.#now();
      const exit = exitOfFailure(failure, at) ?? { reason: 'trap', at };
      this.end(exit, errorOfFailure(failure, { instanceId: this.#parts.instanceId }));
      return;
    }
    this.#isReady = true;
    const { lifetimeMs } = spec.limits;
    if (lifetimeMs !== undefined) {
      this.#timer = clock.setTimeout(() => this.#lifetimeOver(lifetimeMs), lifetimeMs);
    }
    this.#listener.onReady();
  }

  #request(capability: CapabilityAccess | undefined): LifeRequest {
    const { spec, module } = this.#parts;
    const { admitted } = module;
    return {
      // A component is bound by its definition; what its borders are called is the host's business.
      admitted: admitted.abi === 'component' ? { ...admitted, imports: [], exports: [] } : admitted,
      code: module.code,
      payloadBytes: spec.limits.payloadBytes,
      ...(spec.limits.fuel === undefined ? {} : { fuel: spec.limits.fuel }),
      requestsPerInstantiation: spec.limits.requestsPerInstantiation ?? 1,
      capabilityTimeoutMs: spec.limits.callTimeoutMs,
      wasi: spec.wasi,
      config: spec.config,
      vitals: this.#vitals,
      ...(capability === undefined ? {} : { capability }),
      ...(this.#output === undefined ? {} : { output: this.#output }),
    };
  }

  #startTimedOut(): void {
    const { startTimeoutMs } = this.#parts.spec.limits;
    const message = `the guest did not start within ${startTimeoutMs} ms`;
    this.end(
      { reason: 'timeout', message, at: this.#now() },
      new WasmatrixError('TIMEOUT', message, {
        instanceId: this.#parts.instanceId,
        timeoutMs: startTimeoutMs,
        phase: 'starting',
      }),
    );
  }

  #lifetimeOver(lifetimeMs: number): void {
    const message = `the guest lived longer than ${lifetimeMs} ms`;
    this.end({ reason: 'timeout', message, at: this.#now() }, this.#crash(message));
  }

  #commandEnded(outcome: CallOutcome): void {
    const at = this.#now();
    const exit: InstanceExit = outcome.isOk
      ? { reason: 'exited', exitCode: Number(outcome.value), at }
      : (exitOfFailure(outcome.failure, at) ?? { reason: 'trap', at });
    this.end(exit, this.#crash(`the guest has ended (${exit.reason})`));
  }

  #threadEnded(end: ThreadEnd): void {
    const reason = end.reason === 'out-of-memory' ? 'out-of-memory' : 'lost';
    const exit: InstanceExit = { reason, message: end.message, at: this.#now() };
    this.end(exit, this.#crash(end.message));
  }

  #endBy(error: unknown): void {
    if (error instanceof ThreadGone) {
      this.#threadEnded(error.end);
      return;
    }
    const exit: InstanceExit = { reason: 'lost', message: messageOf(error), at: this.#now() };
    this.end(exit, isWasmatrixError(error) ? error : this.#crash(messageOf(error)));
  }

  #crash(message: string): WasmatrixError {
    return new WasmatrixError('CRASH_DETECTED', message, { instanceId: this.#parts.instanceId });
  }

  #now(): string {
    return new Date(this.#parts.clock.now()).toISOString();
  }
}
