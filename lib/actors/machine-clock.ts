import type { ActorOptions, AnyActorLogic } from 'xstate';
import type { Clock } from '../core/clock.ts';

/** The part of our clock that XState schedules by. */
export function machineClock(clock: Clock): NonNullable<ActorOptions<AnyActorLogic>['clock']> {
  return {
    setTimeout: (fn, ms) => clock.setTimeout(fn, ms),
    clearTimeout: (timer) => clock.clearTimeout(timer),
  };
}
