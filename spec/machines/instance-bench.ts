import { type Actor, createActor, type SnapshotFrom } from 'xstate';
import { machineClock } from '../../lib/actors/machine-clock.ts';
import type { InstanceStatus } from '../../lib/core/lifecycle.ts';
import { type ResolvedRestartPolicy, resolveRestartPolicy } from '../../lib/core/restart-policy.ts';
import {
  type InstanceDependencies,
  type InstanceFact,
  instanceMachine,
} from '../../lib/machines/instance-machine.ts';
import { SimulatedClock } from '../simulated-clock.ts';
import { FakeLives, lifeEnd } from './fake-lives.ts';

export type InstanceMachine = typeof instanceMachine;
export type InstanceSnapshot = SnapshotFrom<InstanceMachine>;

export const GRACE_MS = 500;
export const BACKOFF_MS = 100;

/** Two retries within a long period, always the same delay. */
export const policyOf = (
  policyType: ResolvedRestartPolicy['policyType'],
  maxRetries = 2,
): ResolvedRestartPolicy =>
  policyType === 'never'
    ? { policyType }
    : resolveRestartPolicy({
        policyType,
        maxRetries,
        periodMs: 1_000_000,
        backoff: { initialMs: BACKOFF_MS, factor: 1, jitter: 0 },
      });

/** Everything the machine takes from outside, pretended. */
export function dependenciesOf(clock: SimulatedClock, lives: FakeLives): InstanceDependencies {
  return {
    clock,
    random: () => 0.5,
    beginLife: lives.begin,
    endOfBug: (message) => lifeEnd({ reason: 'lost', message }),
  };
}

/** One machine at work, with all that a spec wants to see of it. */
export interface InstanceBench {
  readonly clock: SimulatedClock;
  readonly lives: FakeLives;
  readonly actor: Actor<InstanceMachine>;
  readonly facts: InstanceFact[];
  readonly statuses: InstanceStatus[];
}

/** Starts a machine with fake lives on a simulated clock. */
export function startInstance(
  restartPolicy: ResolvedRestartPolicy,
  change: (dependencies: InstanceDependencies) => InstanceDependencies = (same) => same,
): InstanceBench {
  const clock = new SimulatedClock();
  const lives = new FakeLives();
  const actor = createActor(instanceMachine, {
    clock: machineClock(clock),
    input: {
      restartPolicy,
      stopGraceMs: GRACE_MS,
      dependencies: change(dependenciesOf(clock, lives)),
    },
  });
  const facts: InstanceFact[] = [];
  const statuses: InstanceStatus[] = [];
  actor.on('fact', (fact) => facts.push(fact));
  actor.subscribe({
    next: (snapshot) => {
      const status = statusOf(snapshot);
      if (statuses.at(-1) !== status) statuses.push(status);
    },
    error: () => undefined,
  });
  actor.start();
  return { clock, lives, actor, facts, statuses };
}

/** The status that a snapshot stands for. */
export function statusOf(snapshot: InstanceSnapshot): InstanceStatus {
  if (snapshot.matches({ up: 'starting' })) return 'starting';
  if (snapshot.matches({ up: 'running' })) return 'running';
  if (snapshot.matches('up')) return 'stopping';
  return snapshot.matches('stopped') || snapshot.matches('completed') ? 'stopped' : 'crashed';
}
