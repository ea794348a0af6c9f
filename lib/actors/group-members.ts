import { isWasmatrixError, messageOf, WasmatrixError } from '../core/errors.ts';
import type { GroupPlan } from '../core/group-plan.ts';
import type { StopMode } from '../core/group-procedure.ts';
import type { GroupActor } from './group-actor.ts';
import type { Membership } from './group-membership.ts';
import type { InstanceDirectory } from './instance-directory.ts';
import type { InstanceStarter, PreparedInstance } from './instance-starter.ts';

/** What the members of a group are made with. */
export interface GroupMemberParts {
  readonly plan: GroupPlan;
  /** By the numbers of the plan. */
  readonly instanceIds: readonly string[];
  readonly starter: InstanceStarter;
  readonly instances: InstanceDirectory;
  /** Who is told; asked for when there is something to tell. */
  readonly group: () => GroupActor;
}

/** The instances of a group: does to them what the group decides, and tells it what becomes of them. */
export class GroupMembers {
  readonly #parts: GroupMemberParts;
  /** What was found for the first start; a later one looks again. */
  readonly #prepared = new Map<number, PreparedInstance>();
  /** Members that are being made and have no machine yet, each with a sign of its own. */
  readonly #making = new Map<number, symbol>();
  /** Members whose end has not been told. */
  readonly #present = new Set<number>();

  constructor(parts: GroupMemberParts) {
    this.#parts = parts;
  }

  /**
   * Finds what all members need, before the first is started.
   *
   * @throws as `InstanceStarter.prepare`.
   */
  async prepare(leaf: number): Promise<void> {
    this.#prepared.set(leaf, await this.#find(leaf));
  }

  #find(leaf: number): Promise<PreparedInstance> {
    const { plan, starter } = this.#parts;
    const { groupId } = this.#groupOf(leaf);
    const spec = plan.members[leaf]?.instance;
    if (spec === undefined) throw new Error(`the group has no member ${leaf}`);
    return starter.prepare({ instanceId: this.#idOf(leaf), groupId }, spec);
  }

  start(leaf: number): void {
    const child = this.#parts.instances.find(this.#idOf(leaf));
    if (child !== undefined) child.machine.send({ type: 'instance.restart' });
    // One that somebody has just stopped tells so soon; only then may another take its place.
    else if (!this.#present.has(leaf)) void this.#make(leaf);
  }

  async #make(leaf: number): Promise<void> {
    const sign = Symbol('making');
    this.#making.set(leaf, sign);
    let prepared: PreparedInstance;
    try {
      prepared = this.#prepared.get(leaf) ?? (await this.#find(leaf));
      this.#prepared.delete(leaf);
    } catch (error) {
      const reason = isWasmatrixError(error)
        ? error
        : new WasmatrixError('CRASH_DETECTED', messageOf(error), {}, { cause: error });
      if (this.#hasMade(leaf, sign))
        this.#parts.group().gone(leaf, { wasAsked: false, error: reason });
      return;
    }
    if (!this.#hasMade(leaf, sign)) return;
    // From here on the instance itself tells what becomes of it.
    this.#present.add(leaf);
    await this.#parts.starter
      .run(this.#idOf(leaf), prepared, this.#membership(leaf))
      .catch(() => undefined);
  }

  /** @returns whether it is still wanted. */
  #hasMade(leaf: number, sign: symbol): boolean {
    return this.#making.get(leaf) === sign && this.#making.delete(leaf);
  }

  stop(leaf: number, mode: StopMode, graceMs: number): void {
    const child = this.#parts.instances.find(this.#idOf(leaf));
    if (child !== undefined) {
      const type = mode === 'hold' ? 'instance.hold' : 'instance.stop';
      child.machine.send({ type, graceMs });
    } else if (this.#making.delete(leaf)) {
      this.#parts.group().gone(leaf, { wasAsked: false });
    }
  }

  #membership(leaf: number): Membership {
    const { group } = this.#parts;
    return {
      groupId: this.#groupOf(leaf).groupId,
      judge: (isFailure) => group().judge(leaf, isFailure),
      onRunning: () => group().running(leaf),
      onHeld: () => group().held(leaf),
      onGone: (end) => {
        this.#present.delete(leaf);
        group().gone(leaf, end);
      },
    };
  }

  #groupOf(leaf: number): { readonly groupId: string } {
    return this.#parts.plan.leaves[leaf]?.parent ?? this.#parts.plan.root;
  }

  #idOf(leaf: number): string {
    return this.#parts.instanceIds[leaf] ?? '';
  }
}
