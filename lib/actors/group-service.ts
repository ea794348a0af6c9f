import type { Clock } from '../core/clock.ts';
import { invalidField, WasmatrixError } from '../core/errors.ts';
import type { FactLog } from '../core/fact-log.ts';
import { type GroupNode, type GroupPlan, planGroup } from '../core/group-plan.ts';
import { type GroupSpec, inMember, resolveGroupSpec } from '../core/group-spec.ts';
import { freshId } from '../core/ids.ts';
import { GroupActor } from './group-actor.ts';
import { GroupMembers } from './group-members.ts';
import type { InstanceDirectory } from './instance-directory.ts';
import type { InstanceStarter } from './instance-starter.ts';

/** What the groups of a node work with. */
export interface GroupServiceParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly facts: FactLog;
  readonly instances: InstanceDirectory;
  readonly starter: InstanceStarter;
}

/** A group as `startGroup` answers it. */
export interface StartedGroup {
  readonly groupId: string;
  /** In the order of starts, those of inner groups among them. */
  readonly instanceIds: string[];
}

/** Every group of this node, from the moment that its ids are taken until nothing is left of it. */
export class GroupService {
  readonly #parts: GroupServiceParts;
  /** Outermost groups that are at work, in the order of their starts. */
  readonly #groups = new Map<string, GroupActor>();
  /** The ids of all groups, with that of the outermost group around each. */
  readonly #rootOf = new Map<string, string>();

  constructor(parts: GroupServiceParts) {
    this.#parts = parts;
  }

  /**
   * Starts the members of a group in order; resolves when all run.
   *
   * @throws what `startInstance` throws of the first member that cannot be started; nothing is left then.
   */
  async start(value: GroupSpec): Promise<StartedGroup> {
    const { random } = this.#parts;
    const plan = planGroup(resolveGroupSpec(value), () => freshId('g', random));
    const { groupId } = plan.root;
    this.#takeGroupIds(plan);
    const instanceIds: string[] = [];
    let isLeft = false;
    const leave = (): void => {
      // Once: what it gives back may belong to the next group already.
      if (!isLeft) this.#leave(plan, instanceIds);
      isLeft = true;
    };
    try {
      this.#takeInstanceIds(plan, instanceIds);
      const group = await this.#prepared(plan, instanceIds, leave);
      this.#groups.set(groupId, group);
      await group.start();
    } catch (error) {
      leave();
      throw error;
    }
    return { groupId, instanceIds };
  }

  async #prepared(
    plan: GroupPlan,
    instanceIds: readonly string[],
    onEnded: () => void,
  ): Promise<GroupActor> {
    const { clock, random, instances, starter } = this.#parts;
    const members = new GroupMembers({ plan, instanceIds, starter, instances, group: () => group });
    const group = new GroupActor(plan, {
      clock,
      random,
      start: (leaf) => members.start(leaf),
      stop: (leaf, mode, graceMs) => members.stop(leaf, mode, graceMs),
      onFallen: (fallen) => this.#tellFallen(fallen),
      onEnded,
    });
    for (const [leaf, { field }] of plan.members.entries()) {
      try {
        await members.prepare(leaf);
      } catch (error) {
        throw inMember(error, field);
      }
    }
    return group;
  }

  #takeGroupIds({ root, groups }: GroupPlan): void {
    for (const { groupId } of groups) {
      if (this.#rootOf.has(groupId)) throw invalidField('groupId', 'is in use', { groupId });
    }
    for (const { groupId } of groups) this.#rootOf.set(groupId, root.groupId);
  }

  /** The ids stay with the group for all its time: a member that is down may be started again. */
  #takeInstanceIds({ members }: GroupPlan, taken: string[]): void {
    for (const { instance, field } of members) {
      try {
        taken.push(this.#parts.instances.roll.reserve(instance.instanceId));
      } catch (error) {
        throw inMember(error, field);
      }
    }
  }

  #leave({ root, groups }: GroupPlan, instanceIds: readonly string[]): void {
    for (const { groupId } of groups) this.#rootOf.delete(groupId);
    this.#groups.delete(root.groupId);
    for (const id of instanceIds) this.#parts.instances.roll.release(id);
  }

  #tellFallen({ groupId, parent, rules }: GroupNode): void {
    const { maxRestarts, periodMs } = rules.intensity;
    const outer = parent === undefined ? {} : { parentGroupId: parent.groupId };
    const details = { why: 'intensity-exceeded', maxRestarts, periodMs, ...outer };
    this.#parts.facts.append('instance_failed', { groupId, details });
  }

  /**
   * Stops a group; resolves when nothing is left of it.
   *
   * @throws `INSTANCE_NOT_FOUND`; `INVALID_REQUEST` for one that is inside another.
   */
  async stop(groupId: string): Promise<void> {
    const root = this.#rootOf.get(groupId);
    if (root !== undefined && root !== groupId) {
      throw invalidField('id', 'the group is part of another one', { groupId, outermost: root });
    }
    const group = this.#groups.get(groupId);
    if (group === undefined) {
      throw new WasmatrixError('INSTANCE_NOT_FOUND', 'there is no such group', { groupId });
    }
    await group.stop();
  }

  /** Stops all groups, the latest first; resolves when nothing is left of them. */
  async stopAll(graceMs: number | undefined): Promise<void> {
    for (const group of [...this.#groups.values()].reverse()) await group.stop(graceMs);
  }

  /** Lets go of all groups at once. Idempotent. */
  destroy(): void {
    for (const group of this.#groups.values()) group.destroy();
    this.#groups.clear();
    this.#rootOf.clear();
  }
}
