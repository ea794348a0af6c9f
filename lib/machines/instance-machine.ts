import { assign, emit, sendTo, setup } from 'xstate';
import type { Clock } from '../core/clock.ts';
import type { WasmatrixError } from '../core/errors.ts';
import type { ExecutionEventType } from '../core/execution-event.ts';
import { type InstanceExit, isFailure } from '../core/exit.ts';
import {
  decideRestart,
  type ResolvedRestartPolicy,
  type RestartDecision,
} from '../core/restart-policy.ts';
import { type LifeDependencies, type LifeReport, lifeLogic } from './life-logic.ts';

/** What the machine is made with. */
interface InstanceInput {
  readonly restartPolicy: ResolvedRestartPolicy;
  readonly stopGraceMs: number;
  readonly dependencies: InstanceDependencies;
}

/** What the machine remembers; nothing in here survives it. */
interface InstanceContext extends InstanceInput {
  /** Number of the current life, from 1. */
  readonly life: number;
  /** Lives that reached `running`. */
  readonly livesRun: number;
  /** Times of the restarts that count against the policy. */
  readonly history: readonly number[];
  readonly decision: RestartDecision | undefined;
  readonly nextRestartAtMs: number | undefined;
  /** While it is stopping: when its time is over. */
  readonly graceEndsAtMs: number | undefined;
  readonly lastExit: InstanceExit | undefined;
  readonly startError: WasmatrixError | undefined;
  readonly isRestartAsked: boolean;
}

/** What the machine understands. */
type InstanceEvent =
  | LifeReport
  | { readonly type: 'instance.stop'; readonly graceMs?: number }
  | { readonly type: 'instance.restart' };

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
}

const exitFacts = ({ lastExit }: InstanceContext): Readonly<Record<string, unknown>> => ({
  reason: lastExit?.reason ?? 'killed',
  ...(lastExit?.exitCode === undefined ? {} : { exitCode: lastExit.exitCode }),
  ...(lastExit?.message === undefined ? {} : { message: lastExit.message }),
});

const restartFacts = ({ decision }: InstanceContext): Readonly<Record<string, unknown>> =>
  decision?.kind === 'restart'
    ? { willRestart: true, delayMs: decision.delayMs }
    : { willRestart: false };

/** Types, guards, delays and actions. */
const instanceSetup = setup({
  types: {
    context: {} as InstanceContext,
    events: {} as InstanceEvent,
    emitted: {} as InstanceFact,
    input: {} as InstanceInput,
    output: {} as InstanceOutput,
  },
  actors: { life: lifeLogic },
  guards: {
    isCurrent: ({ context, event }) => 'life' in event && event.life === context.life,
    isFirstStart: ({ context, event }) =>
      'life' in event && event.life === context.life && context.livesRun === 0,
    isRestartAsked: ({ context }) => context.isRestartAsked,
    willRestart: ({ context }) => context.decision?.kind === 'restart',
    // Also a good end is one end too many where `always` has no restart left.
    hasCompleted: ({ context: { decision, lastExit } }) =>
      !(decision?.kind === 'give-up' && decision.why === 'retries-exhausted') &&
      lastExit !== undefined &&
      !isFailure(lastExit),
  },
  delays: {
    grace: ({ context: { graceEndsAtMs, dependencies } }) =>
      Math.max(0, (graceEndsAtMs ?? 0) - dependencies.clock.now()),
    backoff: ({ context }) => (context.decision?.kind === 'restart' ? context.decision.delayMs : 0),
  },
  actions: {
    beginLife: assign(({ context }) => ({
      life: context.life + 1,
      nextRestartAtMs: undefined,
      graceEndsAtMs: undefined,
      isRestartAsked: false,
    })),
    countRun: assign(({ context }) => ({ livesRun: context.livesRun + 1 })),
    recordEnd: assign(({ event }) =>
      event.type === 'life.ended' ? { lastExit: event.end.exit } : {},
    ),
    recordStartError: assign(({ event }) =>
      event.type === 'life.ended' ? { lastExit: event.end.exit, startError: event.end.error } : {},
    ),
    recordKill: assign(({ context: { dependencies } }) => ({
      lastExit: {
        reason: 'killed' as const,
        at: new Date(dependencies.clock.now()).toISOString(),
      },
    })),
    // A later stop can only shorten the time that an earlier one has given.
    takeGrace: assign(({ context, event }) => {
      const asked = event.type === 'instance.stop' ? event.graceMs : undefined;
      const endsAtMs = context.dependencies.clock.now() + (asked ?? context.stopGraceMs);
      return {
        graceEndsAtMs: Math.min(context.graceEndsAtMs ?? endsAtMs, endsAtMs),
        isRestartAsked: event.type === 'instance.restart',
      };
    }),
    decide: assign(({ context }) => {
      const { dependencies } = context;
      const now = dependencies.clock.now();
      const end = { isFailure: context.lastExit === undefined || isFailure(context.lastExit) };
      const decision = decideRestart(
        context.restartPolicy,
        end,
        context.history,
        now,
        dependencies.random(),
      );
      return {
        decision,
        history: decision.history,
        nextRestartAtMs: decision.kind === 'restart' ? now + decision.delayMs : undefined,
      };
    }),
    tellRunning: emit(({ context }) => ({
      type: 'fact' as const,
      fact:
        context.livesRun === 1 ? ('instance_started' as const) : ('instance_restarted' as const),
      details: context.livesRun === 1 ? {} : { restarts: context.life - 1 },
    })),
    tellEnded: emit(({ context }) => {
      const hasFailed = context.lastExit === undefined || isFailure(context.lastExit);
      return {
        type: 'fact' as const,
        fact: hasFailed ? ('instance_crashed' as const) : ('instance_stopped' as const),
        details: { ...exitFacts(context), ...restartFacts(context) },
      };
    }),
    tellStopped: emit(({ context }) => ({
      type: 'fact' as const,
      fact: 'instance_stopped' as const,
      details: exitFacts(context),
    })),
    // How the last life ended is still the crash; what happened now is the stop.
    tellStoppedWhileDown: emit(() => ({
      type: 'fact' as const,
      fact: 'instance_stopped' as const,
      details: { reason: 'killed', wasDown: true },
    })),
    tellFailed: emit(({ context }) => ({
      type: 'fact' as const,
      fact: 'instance_failed' as const,
      details: {
        why: context.decision?.kind === 'give-up' ? context.decision.why : 'start-failed',
        ...exitFacts(context),
        ...(context.startError === undefined ? {} : { error_code: context.startError.code }),
      },
    })),
  },
});

/**
 * The lifecycle of one instance:
 *
 * ```text
 *  up.starting ── ready ─► up.running ── stop/restart ─► up.stopping ─► stopped · up
 *      │ first start            │ ended
 *      ▼ failed                 ▼
 *  startFailed               ended ─► backoff ─► up          (restart)
 *                              └────► completed · failed     (no restart)
 * ```
 *
 * One life is invoked for the whole of `up`, so that leaving it by any edge ends its thread.
 *
 * One machine serves all instances; what differs comes in by its input.
 *
 * @internal
 */
export const instanceMachine = instanceSetup.createMachine({
  id: 'instance',
  context: ({ input }) => ({
    ...input,
    life: 0,
    livesRun: 0,
    history: [],
    decision: undefined,
    nextRestartAtMs: undefined,
    graceEndsAtMs: undefined,
    lastExit: undefined,
    startError: undefined,
    isRestartAsked: false,
  }),
  initial: 'up',
  states: {
    up: {
      entry: 'beginLife',
      invoke: {
        id: 'life',
        src: 'life',
        input: ({ context: { life, dependencies } }) => ({ life, dependencies }),
      },
      initial: 'starting',
      on: {
        'life.ended': [
          { guard: 'isFirstStart', target: 'startFailed', actions: 'recordStartError' },
          { guard: 'isCurrent', target: 'ended', actions: 'recordEnd' },
        ],
      },
      states: {
        starting: {
          on: {
            'life.ready': { guard: 'isCurrent', target: 'running' },
            'instance.stop': {
              target: '#instance.stopped',
              actions: ['recordKill', 'tellStopped'],
            },
          },
        },
        running: {
          entry: ['countRun', 'tellRunning'],
          on: {
            'instance.stop': { target: 'stopping', actions: 'takeGrace' },
            'instance.restart': { target: 'stopping', actions: 'takeGrace' },
          },
        },
        stopping: {
          entry: sendTo('life', { type: 'life.drain' }),
          on: {
            'instance.stop': { target: 'stopping', reenter: true, actions: 'takeGrace' },
            'life.drained': { guard: 'isCurrent', target: 'leaving', actions: 'recordKill' },
            'life.ended': { guard: 'isCurrent', target: 'leaving', actions: 'recordEnd' },
          },
          after: { grace: { target: 'leaving', actions: 'recordKill' } },
        },
        leaving: {
          always: [
            { guard: 'isRestartAsked', target: '#instance.up', reenter: true },
            { target: '#instance.stopped', actions: 'tellStopped' },
          ],
        },
      },
    },
    ended: {
      entry: ['decide', 'tellEnded'],
      always: [
        { guard: 'willRestart', target: 'backoff' },
        { guard: 'hasCompleted', target: 'completed' },
        { target: 'failed' },
      ],
    },
    backoff: {
      on: {
        'instance.stop': { target: 'stopped', actions: 'tellStoppedWhileDown' },
        'instance.restart': 'up',
      },
      after: { backoff: 'up' },
    },
    stopped: { type: 'final', output: { outcome: 'stopped' as const } },
    completed: { type: 'final', output: { outcome: 'completed' as const } },
    failed: { type: 'final', entry: 'tellFailed', output: { outcome: 'failed' as const } },
    startFailed: {
      type: 'final',
      entry: 'tellFailed',
      output: { outcome: 'start-failed' as const },
    },
  },
  output: ({ event }) => (event as unknown as { readonly output: InstanceOutput }).output,
});
