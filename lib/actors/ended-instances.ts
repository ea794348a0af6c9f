import { deepFrozen } from '../core/deep-frozen.ts';
import type { InstanceInfo } from '../core/instance-info.ts';

/** An instance that is no more. */
export interface EndedInstance {
  readonly info: InstanceInfo;
  /** Whether somebody asked for its end; the others stay in the list until somebody does. */
  readonly wasAsked: boolean;
  /** Resolves when its thread is gone, too. */
  readonly gone: Promise<void>;
  /** Its place in the order of starts. */
  readonly ordinal: number;
}

/**
 * How the latest instances ended: bounded, so that a long-lived supervisor does not grow, and nothing
 * but what a query answered last.
 */
export class EndedInstances {
  readonly #ended = new Map<string, EndedInstance>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(instanceId: string): EndedInstance | undefined {
    return this.#ended.get(instanceId);
  }

  put(ended: EndedInstance): void {
    const { instanceId } = ended.info;
    this.#ended.delete(instanceId);
    this.#ended.set(instanceId, { ...ended, info: deepFrozen(ended.info) });
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= this.#capacity) break;
      this.#ended.delete(oldest);
    }
  }

  forget(instanceId: string): void {
    this.#ended.delete(instanceId);
  }

  /** In the order of their ends. */
  values(): Iterable<EndedInstance> {
    return this.#ended.values();
  }

  clear(): void {
    this.#ended.clear();
  }
}
