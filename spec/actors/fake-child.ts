import type { InstanceActor, InstanceMachineRef } from '../../lib/actors/instance-actor.ts';
import { SupervisionTree } from '../../lib/actors/supervision-tree.ts';
import type { ExecutionEventType } from '../../lib/core/execution-event.ts';
import { silentLogger } from '../../lib/core/logger.ts';
import type { ResolvedRestartPolicy } from '../../lib/core/restart-policy.ts';
import type { InstanceOutput } from '../../lib/machines/instance-machine.ts';
import { FakeLives, lifeEnd } from '../machines/fake-lives.ts';
import { GRACE_MS, policyOf } from '../machines/instance-bench.ts';
import { SimulatedClock } from '../simulated-clock.ts';

/** What a supervision shard sees of an instance, without any thread. */
export class FakeChild {
  readonly lives = new FakeLives();
  readonly facts: ExecutionEventType[] = [];
  readonly instanceId: string;
  readonly #policy: ResolvedRestartPolicy;
  #machine: InstanceMachineRef | undefined;

  constructor(instanceId: string, policy: ResolvedRestartPolicy = policyOf('on-failure')) {
    this.instanceId = instanceId;
    this.#policy = policy;
  }

  get machine(): InstanceMachineRef {
    if (this.#machine === undefined) throw new Error('not bound');
    return this.#machine;
  }

  /** The shard that supervises it. */
  get shard(): unknown {
    return this.machine._parent;
  }

  asInstance(): InstanceActor {
    const machineOf = (): InstanceMachineRef => this.machine;
    return {
      parts: {
        instanceId: this.instanceId,
        spec: { restartPolicy: this.#policy, limits: { stopGraceMs: GRACE_MS } },
      },
      get machine() {
        return machineOf();
      },
      bind: (machine: InstanceMachineRef) => {
        this.#machine = machine;
        machine.on('fact', ({ fact }) => this.facts.push(fact));
      },
      beginLife: this.lives.begin,
      endOfBug: (message: string) => lifeEnd({ reason: 'lost', message }),
      abandon: () => {
        for (const life of this.lives.all) life.isAlive = false;
      },
    } as unknown as InstanceActor;
  }
}

/** Lifecycle bugs that the shards of the bench bear within their period. */
export const INTENSITY = { max: 3, periodMs: 1_000 };

/** A supervision tree on a simulated clock, and everything that it tells. */
export class TreeBench {
  readonly clock = new SimulatedClock();
  readonly ended: [string, InstanceOutput['outcome']][] = [];
  readonly broken: [string, string][] = [];
  readonly errors: string[] = [];
  readonly children = new Map<string, FakeChild>();
  /** Every child ever started, to find orphans among them. */
  readonly all: FakeChild[] = [];
  readonly tree: SupervisionTree;
  /** While set, the lifecycle logic throws when it asks for chance: a bug of ours, on demand. */
  isChanceBroken = false;

  constructor() {
    const random = (): number => {
      if (this.isChanceBroken) throw new Error('out of luck');
      return 0.5;
    };
    this.tree = new SupervisionTree(
      { clock: this.clock, random, intensity: INTENSITY },
      {
        onEnded: ({ parts }, { outcome }) => this.ended.push([parts.instanceId, outcome]),
        onBroken: (child, message) => {
          child.abandon();
          this.broken.push([child.parts.instanceId, message]);
        },
      },
      { ...silentLogger, error: (_, message) => this.errors.push(message) },
    );
  }

  start(instanceId: string, policy?: ResolvedRestartPolicy): FakeChild {
    const child = new FakeChild(instanceId, policy);
    this.tree.start(child.asInstance());
    this.children.set(instanceId, child);
    this.all.push(child);
    return child;
  }

  child(instanceId: string): FakeChild {
    const child = this.children.get(instanceId);
    if (child === undefined) throw new Error(`no child ${instanceId}`);
    return child;
  }

  /** Lives that are under way, of whatever child. */
  get livesAlive(): number {
    return this.all.reduce((sum, { lives }) => sum + lives.alive.length, 0);
  }
}
