import { type CallbackActorLogic, fromCallback } from 'xstate';
import type { WasmatrixError } from '../core/errors.ts';
import { messageOf } from '../core/errors.ts';
import type { InstanceExit } from '../core/exit.ts';

/** How one life ended, and the failure that a caller waiting for its start is told. */
export interface LifeEnd {
  readonly exit: InstanceExit;
  readonly error: WasmatrixError;
}

/**
 * What a life reports. Each report carries the number of its life, so that a late one of an earlier
 * life is recognisable.
 */
export type LifeReport =
  | { readonly type: 'life.ready'; readonly life: number }
  | { readonly type: 'life.drained'; readonly life: number }
  | { readonly type: 'life.ended'; readonly life: number; readonly end: LifeEnd };

/** What the machine asks of a life: let the running call finish, then say so. */
export interface DrainCommand {
  readonly type: 'life.drain';
}

/** A life under way. XState only borrows it: its thread belongs to the registry. */
export interface LifeHandle {
  drain(): void;
  /** Ends the life now; idempotent. */
  dispose(): void;
}

/** Begins a life; what becomes of it is reported later, never by an exception. */
type BeginLife = (life: number, report: (report: LifeReport) => void) => LifeHandle;

/** What a machine needs to begin lives and to say why one could not even begin. */
export interface LifeDependencies {
  readonly beginLife: BeginLife;
  readonly endOfBug: (message: string) => LifeEnd;
}

/** Which life it is, and how it is begun. */
export interface LifeInput {
  readonly life: number;
  readonly dependencies: LifeDependencies;
}

/**
 * One life as a callback actor. Nothing in here may throw: XState would put the actor into an error
 * state without running the cleanup that is returned below.
 *
 * @internal
 */
export const lifeLogic: CallbackActorLogic<DrainCommand, LifeInput> = fromCallback<
  DrainCommand,
  LifeInput
>(({ input: { life, dependencies }, sendBack, receive }) => {
  let handle: LifeHandle | undefined;
  const guarded = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      const end = dependencies.endOfBug(messageOf(error));
      sendBack({ type: 'life.ended', life, end } satisfies LifeReport);
    }
  };
  guarded(() => {
    handle = dependencies.beginLife(life, sendBack);
  });
  receive(() => guarded(() => handle?.drain()));
  return () => {
    try {
      handle?.dispose();
    } catch {
      // The registry reaps the thread in any case.
    }
  };
});
