import { assign, emit, enqueueActions, sendTo, setup } from 'xstate';
import { isFailure } from '../core/exit.ts';
import { decideRestart } from '../core/restart-policy.ts';
import {
  exitFacts,
  type InstanceContext,
  type InstanceEvent,
  type InstanceFact,
  type InstanceInput,
  type InstanceOutput,
  restartFacts,
} from './instance-context.ts';
import { lifeLogic } from './life-logic.ts';

export type { InstanceDependencies, InstanceFact, InstanceOutput } from './instance-context.ts';

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
    isHoldAsked: ({ context }) => context.isHoldAsked,
    willBeTold: ({ context: { decision, dependencies } }) =>
      decision?.kind === 'restart' && dependencies.overseer !== undefined,
    willRestart: ({ context }) => context.decision?.kind === 'restart',
    // A timer takes a millisecond and more, and comes after everything that is waiting. A life that could not
    // even begin waits for it: the next one might be refused as fast, and nobody else would have a turn.
    willRestartAtOnce: ({ context: { decision, life, latestRun } }) =>
      decision?.kind === 'restart' && decision.delayMs <= 0 && latestRun === life,
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
      isHoldAsked: false,
    })),
    countRun: assign(({ context }) => ({
      livesRun: context.livesRun + 1,
      latestRun: context.life,
    })),
    recordEnd: assign(({ event }) =>
      event.type === 'life.ended' ? { lastExit: event.end.exit, isWaking: false } : {},
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
      const asked = 'graceMs' in event ? event.graceMs : undefined;
      const endsAtMs = context.dependencies.clock.now() + (asked ?? context.stopGraceMs);
      return {
        graceEndsAtMs: Math.min(context.graceEndsAtMs ?? endsAtMs, endsAtMs),
        isRestartAsked: event.type === 'instance.restart',
        isHoldAsked: event.type === 'instance.hold',
      };
    }),
    decide: assign(({ context }) => {
      const { dependencies } = context;
      const now = dependencies.clock.now();
      const end = { isFailure: context.lastExit === undefined || isFailure(context.lastExit) };
      const decision =
        dependencies.overseer?.judge(end.isFailure) ??
        decideRestart(context.restartPolicy, end, context.history, now, dependencies.random());
      return {
        decision,
        history: decision.history,
        nextRestartAtMs: decision.kind === 'restart' ? now + decision.delayMs : undefined,
      };
    }),
    tellRunning: enqueueActions(({ context, enqueue }) => {
      if (context.isWaking) return;
      const isFirst = context.livesRun === 1;
      enqueue.emit({
        type: 'fact' as const,
        fact: isFirst ? ('instance_started' as const) : ('instance_restarted' as const),
        details: isFirst ? {} : { restarts: context.life - 1 },
      });
    }),
    awake: assign({ isWaking: false }),
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
    tellHeld: emit(({ context }) => ({
      type: 'fact' as const,
      fact: 'instance_stopped' as const,
      details: { ...exitFacts(context), willRestart: true },
    })),
    reportHeld: ({ context }) => context.dependencies.overseer?.onHeld(),
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
 *  startFailed               ended ─► backoff ─► up          (restart; up at once without a delay)
 *                              ├────► held ── restart ─► up   (whose overseer says when)
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
    // Its first life goes on where it slept, and is no first start any more.
    life: input.past === undefined ? 0 : input.past.life - 1,
    livesRun: input.past === undefined ? 0 : 1,
    latestRun: undefined,
    history: input.past?.history ?? [],
    decision: undefined,
    nextRestartAtMs: undefined,
    graceEndsAtMs: undefined,
    lastExit: input.past?.lastExit,
    startError: undefined,
    isRestartAsked: false,
    isHoldAsked: false,
    isWaking: input.past !== undefined,
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
            'instance.hold': {
              target: '#instance.held',
              actions: ['takeGrace', 'recordKill', 'tellHeld'],
            },
          },
        },
        running: {
          entry: ['countRun', 'tellRunning', 'awake'],
          on: {
            'instance.stop': { target: 'stopping', actions: 'takeGrace' },
            'instance.restart': { target: 'stopping', actions: 'takeGrace' },
            'instance.hold': { target: 'stopping', actions: 'takeGrace' },
          },
        },
        stopping: {
          entry: sendTo('life', { type: 'life.drain' }),
          on: {
            'instance.stop': { target: 'stopping', reenter: true, actions: 'takeGrace' },
            // Who was asked to stop for good does not stay.
            'instance.hold': {
              guard: 'isRestartAsked',
              target: 'stopping',
              reenter: true,
              actions: 'takeGrace',
            },
            'life.drained': { guard: 'isCurrent', target: 'leaving', actions: 'recordKill' },
            'life.ended': { guard: 'isCurrent', target: 'leaving', actions: 'recordEnd' },
          },
          after: { grace: { target: 'leaving', actions: 'recordKill' } },
        },
        leaving: {
          always: [
            { guard: 'isHoldAsked', target: '#instance.held', actions: 'tellHeld' },
            { guard: 'isRestartAsked', target: '#instance.up', reenter: true },
            { target: '#instance.stopped', actions: 'tellStopped' },
          ],
        },
      },
    },
    ended: {
      entry: ['decide', 'tellEnded'],
      always: [
        { guard: 'willBeTold', target: 'held' },
        { guard: 'willRestartAtOnce', target: 'up' },
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
    held: {
      entry: 'reportHeld',
      on: {
        'instance.stop': { target: 'stopped', actions: 'tellStoppedWhileDown' },
        'instance.restart': 'up',
      },
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
