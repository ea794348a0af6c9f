import type { Action } from './plain-action.ts';
import { advanceMember } from './plain-lives.ts';
import { advance } from './plain-steps.ts';
import type { PlainWorld } from './plain-world.ts';

/**
 * Where a world may come to when requests are made of it at once: each order in which their steps may
 * mix, and those that instances take by themselves, until everything is at rest.
 */
export function worldsAfter(before: PlainWorld, actions: readonly Action[]): readonly PlainWorld[] {
  const first = before.copy();
  first.steps = actions.map(() => 0);
  first.outcomes = actions.map(() => undefined);
  const open = [first];
  const known = new Set([first.key]);
  const atRest = new Map<string, PlainWorld>();
  for (let world = open.pop(); world !== undefined; world = open.pop()) {
    const next = successors(world, actions);
    if (next.length === 0) atRest.set(world.key, world);
    for (const each of next) {
      if (known.has(each.key)) continue;
      known.add(each.key);
      open.push(each);
    }
  }
  return [...atRest.values()];
}

function successors(world: PlainWorld, actions: readonly Action[]): PlainWorld[] {
  const next: PlainWorld[] = [];
  for (const [request, action] of actions.entries()) {
    if (!isItsTurn(world, actions, request)) continue;
    const copy = world.copy();
    if (advance(copy, request, action)) next.push(copy);
  }
  for (const id of world.members.keys()) {
    const copy = world.copy();
    if (advanceMember(copy, id)) next.push(copy);
  }
  return next;
}

/** Calls arrive in the order in which they are made. */
function isItsTurn(world: PlainWorld, actions: readonly Action[], request: number): boolean {
  if (actions[request]?.kind !== 'call' || world.steps[request] !== 0) return true;
  return actions.findIndex(({ kind }, at) => kind === 'call' && world.steps[at] === 0) === request;
}
