import type { ChildRestart, ResolvedChild, ResolvedGroup } from './group-spec.ts';

type GroupRules = Pick<ResolvedGroup, 'strategy' | 'intensity' | 'backoff'>;

interface NodeFacts {
  readonly childId: string;
  readonly restart: ChildRestart;
  /** The instances below it are those from `first` on and before `end`, in the order of starts. */
  readonly first: number;
  readonly end: number;
}

/**
 * An instance in its place in the tree.
 *
 * @internal
 */
export interface LeafNode extends NodeFacts {
  readonly kind: 'leaf';
  readonly parent: GroupNode;
}

/**
 * A group in its place in the tree.
 *
 * @internal
 */
export interface GroupNode extends NodeFacts {
  readonly kind: 'group';
  readonly parent: GroupNode | undefined;
  readonly groupId: string;
  readonly rules: GroupRules;
  readonly children: readonly PlanNode[];
}

/**
 * A group or an instance in its place in the tree.
 *
 * @internal
 */
export type PlanNode = LeafNode | GroupNode;

type LeafChild = Extract<ResolvedChild, { readonly kind: 'instance' }>;

/**
 * A tree of groups with its instances numbered in the order of their start. What any group restarts is
 * then a run of numbers, however deep it lies.
 *
 * @internal
 */
export interface GroupPlan {
  readonly root: GroupNode;
  readonly leaves: readonly LeafNode[];
  /** What each leaf is made of, by the same numbers. */
  readonly members: readonly LeafChild[];
  /** Every group, the outer ones first. */
  readonly groups: readonly GroupNode[];
}

/**
 * Lays a checked group out as a tree.
 *
 * @param newGroupId - makes an id for a group that has none.
 * @internal
 */
export function planGroup(group: ResolvedGroup, newGroupId: () => string): GroupPlan {
  const leaves: LeafNode[] = [];
  const members: LeafChild[] = [];
  const groups: GroupNode[] = [];

  function groupNode(
    { groupId, strategy, intensity, backoff, children }: ResolvedGroup,
    place: Pick<GroupNode, 'childId' | 'restart' | 'parent'>,
  ): GroupNode {
    const nodes: PlanNode[] = [];
    const node = {
      kind: 'group' as const,
      ...place,
      groupId: groupId ?? newGroupId(),
      rules: { strategy, intensity, backoff },
      children: nodes,
      first: leaves.length,
      end: leaves.length,
    };
    groups.push(node);
    for (const child of children) {
      const { childId, restart } = child;
      if (child.kind === 'group') {
        nodes.push(groupNode(child.group, { childId, restart, parent: node }));
        continue;
      }
      const first = leaves.length;
      const leaf: LeafNode = {
        kind: 'leaf',
        childId,
        restart,
        parent: node,
        first,
        end: first + 1,
      };
      nodes.push(leaf);
      leaves.push(leaf);
      members.push(child);
    }
    node.end = leaves.length;
    return node;
  }

  const root = groupNode(group, { childId: '', restart: 'temporary', parent: undefined });
  return { root, leaves, members, groups };
}

/**
 * The numbers of the instances below some nodes, in the order of starts.
 *
 * @internal
 */
export function leavesOf(nodes: readonly PlanNode[]): number[] {
  return nodes.flatMap(({ first, end }) =>
    Array.from({ length: end - first }, (_, index) => first + index),
  );
}

/**
 * The child of a group that an instance below it belongs to.
 *
 * @internal
 */
export function childToward(group: GroupNode, leaf: LeafNode): PlanNode {
  const child = group.children.find(({ first, end }) => first <= leaf.first && leaf.first < end);
  if (child === undefined) throw new Error('the instance is not below that group');
  return child;
}

/**
 * The group that is nearer to the root; both have an instance below them in common.
 *
 * @internal
 */
export function outerOf(one: GroupNode, other: GroupNode): GroupNode {
  for (let group: GroupNode | undefined = one; group !== undefined; group = group.parent) {
    if (group === other) return other;
  }
  return one;
}
