import type { PlainInstance } from '../machines/plain-instance.ts';
import { type Action, hasExport, type PlainGrant } from './plain-action.ts';
import { changing, isLive, NOW_MS } from './plain-lives.ts';
import type { PlainMember, PlainWorld } from './plain-world.ts';

type CallAction = Extract<Action, { readonly kind: 'call' }>;

/** The next step of a call: into the mailbox, then the work. */
export function stepOfCall(world: PlainWorld, request: number, action: CallAction): boolean {
  const { id } = action;
  if ((world.steps[request] ?? 0) === 0) {
    if (!isLive(world, request, id)) return true;
    submit(world, request, action);
    return true;
  }
  const member = world.live(id);
  if (member === undefined) return false;
  if (!member.isBegun || member.queue[0] !== request) return tireOfWaiting(world, request, action);
  member.queue.shift();
  member.isBegun = false;
  world.settle(request, runCall(world, member, action));
  if (member.life.phase === 'stopping') changing(world, id, () => member.life.drained());
  else member.isBegun = member.life.phase === 'running' && member.queue.length > 0;
  return true;
}

/** A call with a short deadline may meet it in the mailbox. */
function tireOfWaiting(world: PlainWorld, request: number, { id, call }: CallAction): boolean {
  const { queue } = world.live(id) as PlainMember;
  const place = queue.indexOf(request);
  if (call !== 'loop' || place === -1) return false;
  queue.splice(place, 1);
  world.settle(request, 'TIMEOUT queued');
  return true;
}

function submit(world: PlainWorld, request: number, { id, call }: CallAction): void {
  const { life, queue, isBegun, spec } = world.live(id) as PlainMember;
  if (!hasExport(spec.guest, call) || (life.phase !== 'running' && life.phase !== 'starting')) {
    world.settle(request, 'INVALID_REQUEST');
  } else if (life.phase === 'running' && !isBegun) {
    queue.push(request);
    (world.live(id) as PlainMember).isBegun = true;
  } else if (queue.length - Number(isBegun) < spec.mailbox) {
    queue.push(request);
  } else {
    world.tell(id, 'mailbox_overflowed');
    world.settle(request, 'RESOURCE_EXHAUSTED');
  }
}

/** What a call comes to, and what it does to the instance. */
function runCall(world: PlainWorld, member: PlainMember, { id, call }: CallAction): string {
  const { life } = member;
  const end = (exit: Parameters<PlainInstance['end']>[0]): void => {
    world.settleAll(member.queue, 'CRASH_DETECTED');
    changing(world, id, () => life.end(exit, NOW_MS));
  };
  switch (call) {
    case 'add':
      return 'ok 5';
    case 'count':
      member.count += 1;
      return `ok ${member.count}`;
    case 'trap':
      end({ reason: 'trap' });
      return 'WASM_RUNTIME_ERROR';
    case 'loop':
      end({ reason: 'timeout' });
      return 'TIMEOUT running';
    case 'exit-0':
    case 'exit-3':
      end({ reason: 'exited', exitCode: call === 'exit-0' ? 0 : 3 });
      return 'WASM_RUNTIME_ERROR';
    case 'bump':
    case 'look':
      return useStore(world, member, id, call);
  }
}

function useStore(
  world: PlainWorld,
  { grant }: PlainMember,
  id: string,
  call: 'bump' | 'look',
): string {
  if (grant?.permissions.includes(call === 'bump' ? 'kv:write' : 'kv:read') !== true) {
    world.tell(id, 'capability_denied');
    return 'refused access-denied';
  }
  if (!world.providers.has(grant.providerId)) return 'refused';
  const bucket = placeOf(grant);
  // Each instance has a key of its own, so that whose traces are seen can be told.
  const key = `${bucket}/${id}`;
  if (call === 'bump') {
    world.data.set(key, (world.data.get(key) ?? 0) + 1);
    return `ok ${world.data.get(key)}`;
  }
  const keys = [...world.data.keys()].filter((each) => each.startsWith(`${bucket}/`));
  const names = keys.map((each) => each.slice(bucket.length + 1));
  return `ok ${names.sort().join()}`;
}

function placeOf({ providerId, bucket }: PlainGrant): string {
  return `${providerId}/${bucket}`;
}
