import type { CallContext } from '../core/provider.ts';
import { EndSignal } from './end-signal.ts';
import type { Grant } from './grant.ts';

/**
 * One life of an instance, as a provider sees it: bound to the channel when that is made, so that no
 * message can claim to come from somebody else.
 */
export class CallerSession {
  readonly instanceId: string;
  readonly #ending = new EndSignal();
  readonly #contexts = new Map<Grant, CallContext>();
  /** What listens to grants for this life: grants outlive lives, and lives outlive grants. */
  readonly #leaves = new Map<Grant, () => void>();

  constructor(instanceId: string) {
    this.instanceId = instanceId;
  }

  /** Whether whoever called by it is gone. */
  get hasEnded(): boolean {
    return this.#ending.hasEnded;
  }

  /** What operations are told of the calls that this life makes by a grant: always the same object. */
  contextOf(grant: Grant): CallContext {
    const known = this.#contexts.get(grant);
    if (known !== undefined) return known;
    const context = callContext(grant, this.#ending);
    if (this.#ending.hasEnded || grant.ending.hasEnded) return context;
    this.#contexts.set(grant, context);
    const leave = grant.ending.listen(() => {
      this.#contexts.delete(grant);
      this.#leaves.delete(grant);
    });
    this.#leaves.set(grant, leave);
    return context;
  }

  /** The life is over. Idempotent. */
  end(): void {
    this.#ending.end();
    for (const leave of this.#leaves.values()) leave();
    this.#leaves.clear();
    this.#contexts.clear();
  }
}

/**
 * What a provider is told of a grant.
 *
 * @param life - the life of the instance that calls by it; left out: whichever there is.
 */
export function callContext(grant: Grant, life?: EndSignal): CallContext {
  return Object.freeze({
    instanceId: grant.instanceId,
    capabilityId: grant.capabilityId,
    config: grant.config,
    allows: (required) => grant.allows(required),
    onEnd: (listener) => {
      let isTold = false;
      const tell = (): void => {
        if (isTold) return;
        isTold = true;
        leave();
        listener();
      };
      const leaves: (() => void)[] = [];
      const leave = (): void => {
        for (const each of leaves.splice(0)) each();
      };
      leaves.push(grant.ending.listen(tell));
      if (life !== undefined && !isTold) leaves.push(life.listen(tell));
      return leave;
    },
  } satisfies CallContext);
}
