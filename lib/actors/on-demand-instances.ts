import type { Clock } from '../core/clock.ts';
import { WasmatrixError } from '../core/errors.ts';
import type { ResolvedInstanceSpec } from '../core/instance-spec.ts';
import type { OnDemandOptions } from '../core/on-demand-options.ts';
import type { CompiledModule } from '../threads/module-store.ts';
import type { SharedThreads } from '../threads/shared-threads.ts';
import type { InstanceActor } from './instance-actor.ts';
import type { SleepListener } from './instance-parts.ts';
import { type Sleeper, Sleepers } from './sleepers.ts';

/** What the room works with. */
export interface OnDemandParts {
  readonly nodeId: string;
  readonly clock: Clock;
  readonly options: Required<OnDemandOptions>;
  readonly threads: SharedThreads;
  /** Makes the instance and starts its machine, which asks for a thread. */
  readonly start: (id: string, sleeper: Sleeper, listener: SleepListener) => InstanceActor;
  /** Ends the machine of an instance that is asleep now. */
  readonly remove: (child: InstanceActor) => void;
}

interface Awake {
  readonly child: InstanceActor;
  readonly sleeper: Sleeper;
  readonly sinceMs: number;
}

/** No sweep comes sooner after another. */
const SHORTEST_SWEEP_MS = 10;

/**
 * Instances that have a thread only while they have something to do. Nothing of a guest survives its sleep:
 * it wakes up as it would after a restart, and whatever should last lives behind providers.
 */
export class OnDemandInstances {
  /** Instances that sleep. */
  readonly asleep: Sleepers;
  readonly #parts: OnDemandParts;
  readonly #awake = new Map<string, Awake>();
  /** Since when those have nothing to do that are awake; the longest first. */
  readonly #quiet = new Map<string, number>();
  #sweep: unknown;
  #isSweeping = false;

  constructor(parts: OnDemandParts) {
    this.#parts = parts;
    this.asleep = new Sleepers(parts.nodeId, parts.clock);
    parts.threads.onWanted = () => this.#makeRoom();
  }

  /** Instances that have a thread, or wait for one. */
  get awake(): number {
    return this.#awake.size;
  }

  /**
   * Takes an instance in, asleep.
   *
   * @throws `RESOURCE_EXHAUSTED` where there are too many.
   */
  add(id: string, spec: ResolvedInstanceSpec, module: CompiledModule, ordinal: number): void {
    const { options } = this.#parts;
    const used = this.asleep.size + this.#awake.size;
    if (used >= options.maxInstances) throw tooMany(used, options.maxInstances);
    this.asleep.put(id, this.asleep.born(spec, module, ordinal));
  }

  /** An instance that is awake, or wakes up now; its calls wait until it has a thread. */
  wake(id: string): InstanceActor | undefined {
    const sleeper = this.asleep.get(id);
    if (sleeper === undefined) return this.#awake.get(id)?.child;
    this.asleep.delete(id);
    const { clock, start } = this.#parts;
    const child = start(id, sleeper, {
      onPause: (isIdle) => this.#paused(id, isIdle),
      onNoRoom: (error) => this.#refused(id, error),
    });
    this.#awake.set(id, { child, sleeper, sinceMs: clock.now() });
    return child;
  }

  #paused(id: string, isIdle: boolean): void {
    const { clock, options, threads } = this.#parts;
    const awake = this.#awake.get(id);
    if (awake === undefined) return;
    const now = clock.now();
    const othersWait = threads.waiting > 0;
    if (!isIdle) {
      if (othersWait && now - awake.sinceMs >= options.turnMs) this.#sleep(id);
      return;
    }
    if (othersWait || options.idleMs === 0) {
      this.#sleep(id);
      return;
    }
    // Behind all others.
    this.#quiet.delete(id);
    this.#quiet.set(id, now);
    this.#sweepLater();
  }

  /** Somebody waits for a thread: whoever has had nothing to do for longest gives up its own. */
  #makeRoom(): void {
    for (const id of this.#quiet.keys()) if (this.#sleep(id)) return;
  }

  #sweepLater(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    const { clock, options } = this.#parts;
    const delayMs = Math.max(SHORTEST_SWEEP_MS, options.idleMs / 4);
    this.#sweep = clock.setTimeout(() => this.#sweepNow(), delayMs);
    (this.#sweep as { unref?: () => void } | undefined)?.unref?.();
  }

  #sweepNow(): void {
    this.#isSweeping = false;
    const { clock, options } = this.#parts;
    const now = clock.now();
    for (const [id, sinceMs] of this.#quiet) {
      if (now - sinceMs < options.idleMs) break;
      this.#sleep(id);
    }
    if (this.#quiet.size > 0) this.#sweepLater();
  }

  /** Whether the instance stood still and sleeps now. One whose mailbox is not empty stands in line again. */
  #sleep(id: string): boolean {
    this.#quiet.delete(id);
    const awake = this.#awake.get(id);
    if (awake === undefined) return false;
    const { child } = awake;
    // It tells anew when it has nothing to do.
    if (child.status !== 'running' || !child.isBetweenCalls) return false;
    this.#lie(id, awake);
    return true;
  }

  #lie(id: string, { child, sleeper }: Awake): void {
    const past = child.suspend();
    this.#awake.delete(id);
    this.asleep.put(id, { ...sleeper, past });
    this.#parts.remove(child);
    if (past.queue !== undefined) this.wake(id);
  }

  #refused(id: string, error: WasmatrixError): boolean {
    const awake = this.#awake.get(id);
    const isForWantOfRoom =
      error.code === 'RESOURCE_EXHAUSTED' && error.details['resource'] !== 'fuel';
    if (awake === undefined || !isForWantOfRoom) return false;
    awake.child.refuse(error);
    this.#lie(id, awake);
    return true;
  }

  /** The instance is no more. */
  forget(id: string): void {
    this.asleep.delete(id);
    this.#awake.delete(id);
    this.#quiet.delete(id);
  }

  destroy(): void {
    this.#parts.clock.clearTimeout(this.#sweep);
    this.asleep.clear();
    this.#awake.clear();
    this.#quiet.clear();
  }
}

const tooMany = (used: number, limit: number): WasmatrixError =>
  new WasmatrixError('RESOURCE_EXHAUSTED', 'there are too many instances', {
    resource: 'instances',
    used,
    limit,
    needed: 1,
    raise: 'raise the option onDemand.maxInstances',
  });
