import type { Clock } from '../core/clock.ts';
import type { WasmatrixError } from '../core/errors.ts';
import type { ExecutionEventType } from '../core/execution-event.ts';
import type { InstanceExit } from '../core/exit.ts';
import type { ResolvedRestartPolicy, RestartDecision } from '../core/restart-policy.ts';
import type { LifeDependencies, LifeReport } from './life-logic.ts';

/** What the machine is made with. */
export interface InstanceInput {
  readonly restartPolicy: ResolvedRestartPolicy;
  readonly stopGraceMs: number;
  readonly dependencies: InstanceDependencies;
  /** Of an instance that wakes up: what it was when it fell asleep. */
  readonly past?: InstancePast;
}

/** What an instance that sleeps is remembered by; nothing of its guest. */
export interface InstancePast {
  /** Lives that were begun. */
  readonly life: number;
  /** Times of the restarts that count against the policy. */
  readonly history: readonly number[];
  readonly lastExit: InstanceExit | undefined;
}

/** What the machine remembers; nothing in here survives it. */
export interface InstanceContext extends InstanceInput {
  /** Number of the current life, from 1. */
  readonly life: number;
  /** Lives that reached `running`. */
  readonly livesRun: number;
  /** The number of the latest life that has run. */
  readonly latestRun: number | undefined;
  /** Times of the restarts that count against the policy. */
  readonly history: readonly number[];
  readonly decision: RestartDecision | undefined;
  readonly nextRestartAtMs: number | undefined;
  /** While it is stopping: when its time is over. */
  readonly graceEndsAtMs: number | undefined;
  readonly lastExit: InstanceExit | undefined;
  readonly startError: WasmatrixError | undefined;
  readonly isRestartAsked: boolean;
  /** Whether its next start is no event that anybody is told of: the instance only slept. */
  readonly isWaking: boolean;
  /** Whether it was brought down to wait for its overseer. */
  readonly isHoldAsked: boolean;
}

/** What the machine understands. */
export type InstanceEvent =
  | LifeReport
  | { readonly type: 'instance.stop'; readonly graceMs?: number }
  | { readonly type: 'instance.restart' }
  /** Ends the life and waits for `instance.restart`; only for those that have an overseer. */
  | { readonly type: 'instance.hold'; readonly graceMs?: number };

/** A fact that the machine tells whoever listens. */
export interface InstanceFact {
  readonly type: 'fact';
  readonly fact: ExecutionEventType;
  readonly details: Readonly<Record<string, unknown>>;
}

/** How the machine itself ended. */
export interface InstanceOutput {
  readonly outcome: 'stopped' | 'completed' | 'failed' | 'start-failed';
}

/** Time, chance and lives: all that the machine takes from outside. */
export interface InstanceDependencies extends LifeDependencies {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Who decides about restarts in the place of the policy. */
  readonly overseer?: Overseer;
}

/** A group, as the machine of one of its instances sees it. */
export interface Overseer {
  /** Asked once about each end; where the answer is a restart, the machine waits to be told. */
  judge(isFailure: boolean): RestartDecision;
  /** It is down and waits. */
  onHeld(): void;
}

/** How the last life ended, as facts tell it. */
export const exitFacts = ({ lastExit }: InstanceContext): Readonly<Record<string, unknown>> => ({
  reason: lastExit?.reason ?? 'killed',
  ...(lastExit?.exitCode === undefined ? {} : { exitCode: lastExit.exitCode }),
  ...(lastExit?.message === undefined ? {} : { message: lastExit.message }),
});

/** What follows from the end of a life, as facts tell it. */
export const restartFacts = ({ decision }: InstanceContext): Readonly<Record<string, unknown>> =>
  decision?.kind === 'restart'
    ? { willRestart: true, delayMs: decision.delayMs }
    : { willRestart: false };
