import type { CapabilityAssignment } from '../core/capability-assignment.ts';
import type { Clock } from '../core/clock.ts';
import type { InstanceInfo } from '../core/instance-info.ts';
import type { ResolvedInstanceSpec } from '../core/instance-spec.ts';
import { SharedParts } from '../core/shared-parts.ts';
import type { CompiledModule } from '../threads/module-store.ts';
import type { EndedInstance } from './ended-instances.ts';
import type { SleepingState } from './instance-parts.ts';

/** An instance without a thread: a few hundred bytes, most of which it shares with others. */
export interface Sleeper {
  readonly spec: ResolvedInstanceSpec;
  readonly module: CompiledModule;
  /** Its place in the order of starts. */
  readonly ordinal: number;
  readonly past: SleepingState;
}

const NEVER: readonly number[] = [];
const NOTHING: readonly CapabilityAssignment[] = [];

/** Everything that is known of instances that sleep. */
export class Sleepers {
  readonly #nodeId: string;
  readonly #clock: Clock;
  readonly #asleep = new Map<string, Sleeper>();
  readonly #shared = new SharedParts();

  constructor(nodeId: string, clock: Clock) {
    this.#nodeId = nodeId;
    this.#clock = clock;
  }

  get size(): number {
    return this.#asleep.size;
  }

  /** Calls begun by those that sleep. */
  get begun(): number {
    let begun = 0;
    for (const { past } of this.#asleep.values()) begun += past.begun;
    return begun;
  }

  ids(): Iterable<string> {
    return this.#asleep.keys();
  }

  has(id: string): boolean {
    return this.#asleep.has(id);
  }

  get(id: string): Sleeper | undefined {
    return this.#asleep.get(id);
  }

  put(id: string, sleeper: Sleeper): void {
    this.#asleep.set(id, sleeper);
  }

  delete(id: string): void {
    this.#asleep.delete(id);
  }

  clear(): void {
    this.#asleep.clear();
  }

  /** An instance that has not been awake yet. */
  born(spec: ResolvedInstanceSpec, module: CompiledModule, ordinal: number): Sleeper {
    const createdAt = new Date(this.#clock.now()).toISOString();
    const past = { life: 1, history: NEVER, lastExit: undefined, createdAt, begun: 0, cpuMs: 0 };
    return { spec: this.#light(spec), module, ordinal, past };
  }

  /** What was only of use for the start goes, and what others have alike is theirs. */
  #light(spec: ResolvedInstanceSpec): ResolvedInstanceSpec {
    const { stdin, files } = spec.wasi;
    // Bytes are no plain data, and hardly ever the same.
    const isPlain = stdin.length === 0 && Object.keys(files).length === 0;
    const light: ResolvedInstanceSpec = {
      ...spec,
      instanceId: undefined,
      module: '',
      capabilities: NOTHING,
      labels: this.#shared.share(spec.labels),
      restartPolicy: this.#shared.share(spec.restartPolicy),
      limits: this.#shared.share(spec.limits),
      config: this.#shared.share(spec.config),
      wasi: isPlain ? this.#shared.share(spec.wasi) : spec.wasi,
    };
    return isPlain && spec.name === undefined ? this.#shared.share(light) : light;
  }

  /** What a query answers about one that sleeps: it takes calls, and uses nothing. */
  info(instanceId: string): InstanceInfo | undefined {
    const sleeper = this.#asleep.get(instanceId);
    return sleeper === undefined ? undefined : infoOf(instanceId, this.#nodeId, sleeper);
  }

  /** All of them, as a list of instances shows them. */
  *records(): Iterable<EndedInstance> {
    const gone = Promise.resolve();
    for (const [id, sleeper] of this.#asleep) {
      const info = infoOf(id, this.#nodeId, sleeper);
      yield { info, wasAsked: false, gone, ordinal: sleeper.ordinal };
    }
  }

  /** How one that sleeps has ended by being stopped. */
  stopped(instanceId: string, sleeper: Sleeper): EndedInstance {
    const at = new Date(this.#clock.now()).toISOString();
    const info: InstanceInfo = {
      ...infoOf(instanceId, this.#nodeId, sleeper),
      status: 'stopped',
      lifecycle: 'stopped',
      lastExit: { reason: 'killed', at },
    };
    return { info, wasAsked: true, gone: Promise.resolve(), ordinal: sleeper.ordinal };
  }
}

function infoOf(instanceId: string, nodeId: string, { spec, module, past }: Sleeper): InstanceInfo {
  return {
    instanceId,
    nodeId,
    ...(spec.name === undefined ? {} : { name: spec.name }),
    labels: spec.labels,
    moduleHash: module.admitted.sha256,
    abi: module.admitted.abi,
    status: 'running',
    lifecycle: 'asleep',
    createdAt: past.createdAt,
    restarts: past.life - 1,
    residency: spec.residency,
    isolation: spec.isolation,
    restartPolicy: spec.restartPolicy,
    limits: spec.limits,
    ...(past.lastExit === undefined ? {} : { lastExit: past.lastExit }),
    usage: { memoryBytes: 0, cpuMs: past.cpuMs, calls: past.begun, mailboxDepth: 0 },
  };
}
