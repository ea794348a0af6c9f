import { failsToStart, type PlainMember, type PlainWorld } from './plain-world.ts';

/** No time passes for the model: what waits is over when it likes. */
export const NOW_MS = 0;

/** Takes the next step of an instance that needs nobody's request, if there is one. */
export function advanceMember(world: PlainWorld, id: string): boolean {
  const member = world.members.get(id);
  if (member === undefined) return false;
  const { life } = member;
  if (life.phase === 'backoff') return changing(world, id, () => life.passTime(Infinity));
  if (life.phase !== 'starting') return false;
  if (failsToStart(member.spec.guest)) {
    changing(world, id, () => life.end({ reason: 'trap' }, NOW_MS));
    world.settleAll(member.starters, 'WASM_RUNTIME_ERROR');
    world.members.delete(id);
    return true;
  }
  changing(world, id, () => life.ready());
  member.count = 0;
  member.isBegun = member.queue.length > 0;
  world.settleAll(member.starters, 'ok');
  return true;
}

/** Lets the lifecycle take a step, tells its facts, and draws the conclusions of an end. */
export function changing(world: PlainWorld, id: string, act: () => void): true {
  const member = world.members.get(id) as PlainMember;
  const { life } = member;
  const told = life.facts.length;
  act();
  for (const fact of life.facts.slice(told)) world.tell(id, fact);
  if (!life.isOver) return true;
  member.grant = undefined;
  member.wasAsked = life.phase === 'stopped';
  world.settleAll(member.queue, 'CRASH_DETECTED');
  if (life.phase !== 'start-failed') world.settleAll(member.starters, 'CRASH_DETECTED');
  world.settleAll(member.stoppers, 'ok');
  return true;
}

/** Whether the instance takes requests; settles the request if not. */
export function isLive(world: PlainWorld, request: number, id: string): boolean {
  if (world.live(id) !== undefined) return true;
  world.settle(request, world.members.has(id) ? 'INVALID_REQUEST' : 'INSTANCE_NOT_FOUND');
  return false;
}

/** After a stop or restart was asked for: what waits is refused, and nothing keeps an idle guest. */
export function drain(world: PlainWorld, id: string): void {
  const member = world.live(id);
  if (member?.life.phase !== 'stopping') return;
  world.settleAll(member.queue, 'CRASH_DETECTED', member.isBegun ? 1 : 0);
  if (!member.isBegun) changing(world, id, () => member.life.drained());
}
