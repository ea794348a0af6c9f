import * as fc from 'fast-check';
import type { ChildRestart, GroupStrategy } from '../../lib/core/group-spec.ts';

const strategies: fc.Arbitrary<GroupStrategy> = fc.constantFrom(
  'one-for-one',
  'one-for-all',
  'rest-for-one',
);

const restarts: fc.Arbitrary<ChildRestart> = fc.constantFrom(
  'permanent',
  'permanent',
  'transient',
  'temporary',
);

/** A group as a caller writes it, with instances that cannot be started. */
export interface PlainGroup {
  readonly strategy: GroupStrategy;
  readonly intensity: { readonly maxRestarts: number; readonly periodMs: number };
  readonly backoff: { readonly initialMs: number; readonly factor: 1; readonly jitter: 0 };
  readonly children: readonly PlainChild[];
}

export type PlainChild = { readonly childId: string; readonly restart: ChildRestart } & (
  | { readonly instance: { readonly module: Uint8Array } }
  | { readonly group: PlainGroup }
);

export const PERIOD_MS = 1_000;

function groupsOf(depth: number): fc.Arbitrary<PlainGroup> {
  const instance = fc.constant({ instance: { module: new Uint8Array([0]) } });
  const content =
    depth === 1
      ? instance
      : fc.oneof(
          { weight: 3, arbitrary: instance },
          { weight: 1, arbitrary: groupsOf(depth - 1).map((group) => ({ group })) },
        );
  return fc.record({
    strategy: strategies,
    intensity: fc.record({
      maxRestarts: fc.integer({ min: 0, max: 3 }),
      periodMs: fc.constant(PERIOD_MS),
    }),
    backoff: fc.record({
      initialMs: fc.constantFrom(0, 0, 100),
      factor: fc.constant(1 as const),
      jitter: fc.constant(0 as const),
    }),
    children: fc
      .array(fc.tuple(restarts, content), { minLength: 1, maxLength: 4 })
      .map((children) =>
        children.map(([restart, each], index) => ({ childId: `c${index}`, restart, ...each })),
      ),
  });
}

/** Trees of groups, three deep at most. */
export const plainGroups: fc.Arbitrary<PlainGroup> = groupsOf(3);
