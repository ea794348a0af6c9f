import {
  type ActorLogic,
  type ActorScope,
  type ActorSystem,
  createActor,
  type EventObject,
  type Snapshot,
} from 'xstate';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Overseer } from '../machines/instance-context.ts';
import { type InstanceOutput, instanceMachine } from '../machines/instance-machine.ts';
import type { Membership } from './group-membership.ts';
import type { InstanceActor, InstanceMachineRef } from './instance-actor.ts';

/** Children per shard: each stop scans all pending timers of its system, so a system stays small. */
export const SHARD_CAPACITY = 256;

/** What a shard is told. */
type ShardEvent =
  | { readonly type: 'child.start'; readonly child: InstanceActor }
  | { readonly type: 'child.remove'; readonly instanceId: string };

/** What a shard tells. */
type ShardEmitted =
  | { readonly type: 'child.ended'; readonly child: InstanceActor; readonly output: InstanceOutput }
  | { readonly type: 'child.broken'; readonly child: InstanceActor; readonly message: string };

/** What a shard needs. */
export interface ShardOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Lifecycle bugs, not crashes of instances: more than this many and the shard itself fails. */
  readonly intensity: { readonly max: number; readonly periodMs: number };
}

// oxlint-disable-next-line typescript/no-explicit-any -- as xstate's own name for it, not exported
type AnySystem = ActorSystem<any>;
type ChildRef = InstanceMachineRef & { start(): void };

/** The shard's state; the map is changed in place, because copying it would make each start O(n). */
type ShardSnapshot = Snapshot<never> & {
  readonly children: Map<string, InstanceActor>;
  readonly failures: number[];
};

/** The shard as XState actor logic. */
export type ShardLogic = ActorLogic<ShardSnapshot, ShardEvent, void, AnySystem, ShardEmitted>;

/** Messages that XState itself sends to a parent. */
type SystemEvent = EventObject & {
  readonly actorId?: string;
  readonly output?: InstanceOutput;
  readonly error?: unknown;
};

type Scope = ActorScope<ShardSnapshot, ShardEvent, AnySystem, ShardEmitted>;

/**
 * A supervisor of at most 256 instances as actor logic of its own: a machine would copy all its
 * children at each start and stop, which costs milliseconds each at a few thousand.
 *
 * Crashes of guests are their machine's business. What this one counts are failures of the lifecycle
 * logic itself; too many of them in the period and the shard gives up, as an OTP supervisor does.
 */
export function shardLogic(options: ShardOptions): ShardLogic {
  return {
    transition(snapshot, event, scope) {
      switch (event.type) {
        case 'child.start':
          startChild(options, snapshot, event.child, scope);
          return snapshot;
        case 'child.remove': {
          const child = snapshot.children.get(event.instanceId);
          if (child === undefined) return snapshot;
          snapshot.children.delete(event.instanceId);
          scope.stopChild(child.machine);
          return snapshot;
        }
        default:
          return systemEvent(options, snapshot, event, scope);
      }
    },
    getInitialSnapshot: () =>
      ({
        status: 'active',
        output: undefined,
        error: undefined,
        children: new Map(),
        failures: [],
      }) as unknown as ShardSnapshot,
    getPersistedSnapshot: () => {
      throw new Error('nothing of an instance is ever persisted');
    },
  };
}

function startChild(
  { clock, random }: ShardOptions,
  snapshot: ShardSnapshot,
  child: InstanceActor,
  scope: Scope,
): void {
  const { instanceId, spec, member, past } = child.parts;
  const machine = createActor(instanceMachine, {
    parent: scope.self,
    id: instanceId,
    input: {
      restartPolicy: spec.restartPolicy,
      stopGraceMs: spec.limits.stopGraceMs,
      dependencies: {
        clock,
        random,
        beginLife: (life, report) => child.beginLife(life, report),
        endOfBug: (message) => child.endOfBug(message),
        ...(member === undefined ? {} : { overseer: overseerOf(child, member) }),
      },
      ...(past === undefined ? {} : { past }),
    },
  });
  child.bind(machine);
  snapshot.children.set(instanceId, child);
  scope.defer(() => (machine as ChildRef).start());
}

/** A group hears that its instance is down when the thread is gone, too. */
function overseerOf(child: InstanceActor, member: Membership): Overseer {
  return {
    judge: (isFailure) => member.judge(isFailure),
    onHeld: () => void child.gone.then(() => member.onHeld()),
  };
}

function stopAll(snapshot: ShardSnapshot, scope: Scope): void {
  for (const child of snapshot.children.values()) scope.stopChild(child.machine);
  snapshot.children.clear();
}

function systemEvent(
  options: ShardOptions,
  snapshot: ShardSnapshot,
  event: SystemEvent,
  scope: Scope,
): ShardSnapshot {
  if (event.type === 'xstate.stop') {
    stopAll(snapshot, scope);
    return { ...snapshot, status: 'stopped' } as unknown as ShardSnapshot;
  }
  const child = snapshot.children.get(event.actorId ?? '');
  if (child === undefined) return snapshot;
  snapshot.children.delete(child.parts.instanceId);
  if (event.output !== undefined) {
    scope.emit({ type: 'child.ended', child, output: event.output });
    return snapshot;
  }
  scope.emit({ type: 'child.broken', child, message: messageOf(event.error) });
  return hasFailedTooOften(options, snapshot.failures)
    ? givenUp(snapshot, event.error, scope)
    : snapshot;
}

/** Counts a failure of the lifecycle logic against the intensity. */
function hasFailedTooOften({ clock, intensity }: ShardOptions, failures: number[]): boolean {
  const now = clock.now();
  failures.push(now);
  while (failures[0] !== undefined && now - failures[0] >= intensity.periodMs) failures.shift();
  return failures.length > intensity.max;
}

function givenUp(snapshot: ShardSnapshot, cause: unknown, scope: Scope): ShardSnapshot {
  const message = 'its supervisor has given up';
  for (const child of snapshot.children.values()) {
    scope.emit({ type: 'child.broken', child, message });
  }
  stopAll(snapshot, scope);
  const error = new Error('too many failures of the lifecycle logic', { cause });
  return { ...snapshot, status: 'error', error } as unknown as ShardSnapshot;
}
