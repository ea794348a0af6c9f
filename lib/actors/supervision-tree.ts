import { type Actor, createActor } from 'xstate';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { InstanceOutput } from '../machines/instance-machine.ts';
import type { InstanceActor } from './instance-actor.ts';
import { machineClock } from './machine-clock.ts';
import {
  SHARD_CAPACITY,
  type ShardLogic,
  type ShardOptions,
  shardLogic,
} from './supervision-shard.ts';

/** What the tree tells about its instances. */
export interface TreeListener {
  onEnded(child: InstanceActor, output: InstanceOutput): void;
  /** The lifecycle logic of one instance has failed; its thread is to be reaped. */
  onBroken(child: InstanceActor, message: string): void;
}

/**
 * All shards: each a root actor with a system of its own, so that one shard's timers and failures are
 * no concern of the others.
 */
export class SupervisionTree {
  readonly #shards = new Set<Actor<ShardLogic>>();
  readonly #shardOf = new Map<string, Actor<ShardLogic>>();
  readonly #options: ShardOptions;
  readonly #listener: TreeListener;
  readonly #logger: Logger;

  constructor(options: ShardOptions, listener: TreeListener, logger: Logger) {
    this.#options = options;
    this.#listener = listener;
    this.#logger = logger;
  }

  /** Instances that are supervised. */
  get size(): number {
    return this.#shardOf.size;
  }

  start(child: InstanceActor): void {
    const { instanceId } = child.parts;
    // The first of the two would otherwise be out of everybody's reach.
    if (this.#shardOf.has(instanceId)) throw new Error(`${instanceId} is supervised already`);
    const shard = this.#shardWithRoom();
    this.#shardOf.set(instanceId, shard);
    shard.send({ type: 'child.start', child });
  }

  /** Ends the machine of an instance at once, without asking it. */
  remove(instanceId: string): void {
    const shard = this.#shardOf.get(instanceId);
    this.#shardOf.delete(instanceId);
    shard?.send({ type: 'child.remove', instanceId });
  }

  #shardWithRoom(): Actor<ShardLogic> {
    for (const shard of this.#shards) {
      const { children, status } = shard.getSnapshot();
      if (status === 'active' && children.size < SHARD_CAPACITY) return shard;
    }
    return this.#newShard();
  }

  #newShard(): Actor<ShardLogic> {
    const shard = createActor(shardLogic(this.#options), {
      clock: machineClock(this.#options.clock),
    });
    this.#shards.add(shard);
    shard.on('child.ended', ({ child, output }) => {
      this.#shardOf.delete(child.parts.instanceId);
      this.#listener.onEnded(child, output);
    });
    shard.on('child.broken', ({ child, message }) => {
      this.#shardOf.delete(child.parts.instanceId);
      this.#listener.onBroken(child, message);
    });
    // Without an error observer a failing root ends the process.
    shard.subscribe({ error: (error) => this.#lost(shard, error) });
    shard.start();
    return shard;
  }

  #lost(shard: Actor<ShardLogic>, error: unknown): void {
    this.#logger.error({ err: messageOf(error) }, 'a supervision shard has failed');
    this.#shards.delete(shard);
    for (const [instanceId, its] of this.#shardOf) {
      if (its === shard) this.#shardOf.delete(instanceId);
    }
  }

  /** Ends every machine at once. Idempotent. */
  destroy(): void {
    for (const shard of this.#shards) shard.stop();
    this.#shards.clear();
    this.#shardOf.clear();
  }
}
