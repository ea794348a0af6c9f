import * as fc from 'fast-check';
import { type ResolvedRestartPolicy, resolveRestartPolicy } from '../../lib/core/restart-policy.ts';
import type { Action, CallKind, GuestKind, PlainGrant } from './plain-action.ts';

/** The instances that there may be, in the order of their names. */
export const IDS = ['one', 'three', 'two'] as const;

/** Two that are there from the beginning, and one that seldom is. */
const id = fc.constantFrom('one', 'one', 'one', 'two', 'two', 'two', 'three');

/** With a prototype, as what the supervisor answers. */
function record<T>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

/** Few restarts without waiting, all within one period. */
const policy: fc.Arbitrary<ResolvedRestartPolicy> = fc
  .tuple(fc.constantFrom('never', 'always', 'on-failure'), fc.integer({ min: 0, max: 2 }))
  .map(([policyType, maxRetries]) =>
    resolveRestartPolicy(
      policyType === 'never'
        ? { policyType }
        : { policyType, maxRetries, periodMs: 3_600_000, backoff: { initialMs: 0 } },
    ),
  );

const grant: fc.Arbitrary<PlainGrant> = record({
  providerId: fc.constantFrom('default-kv', 'default-kv', 'extra'),
  bucket: fc.constantFrom('red', 'blue'),
  permissions: fc.subarray(['kv:read', 'kv:write']),
});

const startOf = (
  ofId: fc.Arbitrary<string>,
  guest: fc.Arbitrary<GuestKind>,
): fc.Arbitrary<Action> =>
  record({
    kind: fc.constant('start'),
    id: ofId,
    guest,
    policy,
    mailbox: fc.integer({ min: 0, max: 2 }),
    grant: fc.option(grant, { nil: undefined, freq: 4 }),
  });

const callable = fc.constantFrom('counter' as const, 'counter' as const, 'reactor' as const);
const start = startOf(
  id,
  fc.oneof(
    { arbitrary: callable, weight: 3 },
    { arbitrary: fc.constantFrom('trapping', 'foreign', 'garbage'), weight: 1 },
  ),
);

/** What is started first, so that there is something to work on. */
export const firstStarts: fc.Arbitrary<[Action, Action]> = fc.tuple(
  startOf(fc.constant('one'), callable),
  startOf(fc.constant('two'), callable),
);

const call: fc.Arbitrary<Action> = record({
  kind: fc.constant('call'),
  id,
  call: fc.constantFrom('add', 'count', 'trap', 'loop', 'exit-0', 'exit-3', 'bump', 'bump', 'look'),
});

const change: fc.Arbitrary<Action> = record({
  kind: fc.constantFrom('stop', 'restart', 'revoke', 'revoke'),
  id,
});

const assign: fc.Arbitrary<Action> = record({ kind: fc.constant('assign'), id, grant });

const provider: fc.Arbitrary<Action> = record({
  kind: fc.constantFrom('start-provider', 'start-provider', 'stop-provider'),
});

/** Any request, more often one that has something to work on. */
export const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { arbitrary: start, weight: 2 },
  { arbitrary: call, weight: 6 },
  { arbitrary: change, weight: 4 },
  { arbitrary: assign, weight: 3 },
  { arbitrary: provider, weight: 1 },
);

const callsOf = (
  calls: fc.Arbitrary<CallKind>,
  length: { readonly minLength: number; readonly maxLength: number },
): fc.Arbitrary<readonly Action[]> =>
  fc
    .tuple(id, fc.array(calls, length))
    .map(([of, each]) => each.map((one) => ({ kind: 'call', id: of, call: one })));

/** More calls of one instance at once than its mailbox may have room for. */
export const burst: fc.Arbitrary<readonly Action[]> = callsOf(
  fc.constantFrom('add', 'add', 'count', 'bump', 'trap'),
  { minLength: 4, maxLength: 5 },
);

/** Ends of one instance, one after another: more than its policy may bear. */
export const wear: fc.Arbitrary<readonly Action[]> = callsOf(
  fc.constantFrom('trap', 'trap', 'loop', 'exit-0', 'exit-3'),
  { minLength: 2, maxLength: 4 },
);

/** Whether what two requests come to is promised: a provider has to be there before it is meant. */
export function isPromised([one, other]: readonly [Action, Action]): boolean {
  return (
    !(concernsProvider(one) && (concernsProvider(other) || namesExtra(other))) &&
    !(concernsProvider(other) && namesExtra(one))
  );
}

function concernsProvider({ kind }: Action): boolean {
  return kind === 'start-provider' || kind === 'stop-provider';
}

function namesExtra(each: Action): boolean {
  return 'grant' in each && each.grant?.providerId === 'extra';
}
