import {
  assign,
  type CallbackActorLogic,
  type EventObject,
  emit,
  fromCallback,
  setup,
} from 'xstate';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { ExecutionEventType } from '../core/execution-event.ts';
import {
  decideRestart,
  type ResolvedRestartPolicy,
  type RestartDecision,
} from '../core/restart-policy.ts';

/** What a life of a provider reports, with its number, so that a late report is recognisable. */
export type ProviderLifeReport =
  | { readonly type: 'life.opened'; readonly life: number }
  | { readonly type: 'life.ended'; readonly life: number; readonly message: string };

/** What the provider's machine understands. */
type ProviderEvent =
  | ProviderLifeReport
  | { readonly type: 'provider.stop' }
  | { readonly type: 'provider.drained' }
  | { readonly type: 'provider.updated'; readonly restartPolicy: ResolvedRestartPolicy };

/** A fact that the machine tells whoever listens. */
export interface ProviderFact {
  readonly type: 'fact';
  readonly fact: ExecutionEventType;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Begins a life; what becomes of it is reported later. The returned function ends it. */
export type BeginProviderLife = (
  life: number,
  report: (report: ProviderLifeReport) => void,
) => () => void;

/** Time, chance and lives: all that the machine takes from outside. */
interface ProviderDependencies {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly beginLife: BeginProviderLife;
}

interface ProviderInput {
  readonly restartPolicy: ResolvedRestartPolicy;
  readonly dependencies: ProviderDependencies;
}

/** What the machine remembers. */
interface ProviderContext extends ProviderInput {
  /** Number of the current life, from 1. */
  readonly life: number;
  readonly livesRun: number;
  /** Times of the restarts that count against the policy. */
  readonly history: readonly number[];
  readonly decision: RestartDecision | undefined;
  readonly failure: string | undefined;
}

const lifeLogic: CallbackActorLogic<
  EventObject,
  Pick<ProviderContext, 'life' | 'dependencies'>
> = fromCallback(({ input: { life, dependencies }, sendBack }) => {
  try {
    return dependencies.beginLife(life, sendBack);
  } catch (error) {
    sendBack({ type: 'life.ended', life, message: messageOf(error) } satisfies ProviderEvent);
    return undefined;
  }
});

const providerSetup = setup({
  types: {
    context: {} as ProviderContext,
    events: {} as ProviderEvent,
    emitted: {} as ProviderFact,
    input: {} as ProviderInput,
  },
  actors: { life: lifeLogic },
  delays: {
    // Whoever drains has deadlines of its own; this is for when it fails to.
    drain: 20_000,
    backoff: ({ context }) => (context.decision?.kind === 'restart' ? context.decision.delayMs : 0),
  },
  guards: {
    isCurrent: ({ context, event }) => 'life' in event && event.life === context.life,
    isFirstStart: ({ context, event }) =>
      'life' in event && event.life === context.life && context.livesRun === 0,
    willRestart: ({ context }) => context.decision?.kind === 'restart',
  },
  actions: {
    beginLife: assign(({ context }) => ({ life: context.life + 1 })),
    countRun: assign(({ context }) => ({ livesRun: context.livesRun + 1, failure: undefined })),
    recordEnd: assign(({ event }) =>
      event.type === 'life.ended' ? { failure: event.message } : {},
    ),
    takePolicy: assign(({ event }) =>
      event.type === 'provider.updated' ? { restartPolicy: event.restartPolicy } : {},
    ),
    decide: assign(({ context }) => {
      const { dependencies, restartPolicy, history } = context;
      const now = dependencies.clock.now();
      const end = { isFailure: true };
      const decision = decideRestart(restartPolicy, end, history, now, dependencies.random());
      return { decision, history: decision.history };
    }),
    tellStarted: emit(({ context }) => ({
      type: 'fact' as const,
      fact: 'provider_started' as const,
      details: context.livesRun === 1 ? {} : { restarts: context.life - 1 },
    })),
    tellCrashed: emit(({ context: { failure, decision } }) => ({
      type: 'fact' as const,
      fact: 'provider_crashed' as const,
      details: {
        message: failure ?? 'lost',
        ...(decision?.kind === 'restart'
          ? { willRestart: true, delayMs: decision.delayMs }
          : { willRestart: false }),
      },
    })),
  },
});

/**
 * The lifecycle of one provider:
 *
 * ```text
 * up.starting ─► up.ready ─► up.draining ─► stopped
 *      │ first start │ ended
 *      ▼ failed      ▼
 *   crashed       ended ─► backoff ─► up
 *                   └────► crashed
 * ```
 *
 * Calls are admitted in `ready` only; draining waits, within a deadline, for those under way. One life
 * is invoked for the whole of `up`, so that leaving it by any edge ends its thread.
 *
 * @internal
 */
export const providerMachine = providerSetup.createMachine({
  id: 'provider',
  context: ({ input }) => ({
    ...input,
    life: 0,
    livesRun: 0,
    history: [],
    decision: undefined,
    failure: undefined,
  }),
  initial: 'up',
  on: { 'provider.updated': { actions: 'takePolicy' } },
  states: {
    up: {
      entry: 'beginLife',
      invoke: {
        src: 'life',
        input: ({ context: { life, dependencies } }) => ({ life, dependencies }),
      },
      initial: 'starting',
      on: {
        'life.ended': [
          { guard: 'isFirstStart', target: 'crashed', actions: ['recordEnd', 'tellCrashed'] },
          { guard: 'isCurrent', target: 'ended', actions: 'recordEnd' },
        ],
      },
      states: {
        starting: {
          on: {
            'life.opened': { guard: 'isCurrent', target: 'ready' },
            'provider.stop': '#provider.stopped',
          },
        },
        ready: {
          entry: ['countRun', 'tellStarted'],
          on: { 'provider.stop': 'draining' },
        },
        draining: {
          on: {
            'provider.drained': '#provider.stopped',
            // It is on its way out anyway: what its end would be restarted for is over.
            'life.ended': { guard: 'isCurrent', target: '#provider.stopped' },
          },
          after: { drain: '#provider.stopped' },
        },
      },
    },
    ended: {
      entry: ['decide', 'tellCrashed'],
      always: [{ guard: 'willRestart', target: 'backoff' }, { target: 'crashed' }],
    },
    backoff: {
      on: { 'provider.stop': 'stopped' },
      after: { backoff: 'up' },
    },
    stopped: { type: 'final' },
    crashed: { type: 'final' },
  },
});
