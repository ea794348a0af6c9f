import { PlainInstance } from '../machines/plain-instance.ts';
import type { Action } from './plain-action.ts';
import { stepOfCall } from './plain-calls.ts';
import { changing, drain, isLive, NOW_MS } from './plain-lives.ts';
import { newMember, type PlainWorld } from './plain-world.ts';

const GRACE_MS = 60_000;

type Step<Kind extends Action['kind']> = (
  world: PlainWorld,
  request: number,
  action: Extract<Action, { readonly kind: Kind }>,
) => boolean;

/**
 * Takes the next step of a request, if it can go on; a step is what cannot be interrupted by another
 * request.
 *
 * @returns whether there was one.
 */
export function advance(world: PlainWorld, request: number, action: Action): boolean {
  if (world.outcomes[request] !== undefined) return false;
  const step = STEPS[action.kind] as Step<Action['kind']>;
  const hasMoved = step(world, request, action);
  if (hasMoved) world.steps[request] = (world.steps[request] ?? 0) + 1;
  return hasMoved;
}

const start: Step<'start'> = (world, request, action) => {
  const { id, guest, grant, policy } = action;
  const refuse = (code: string): true => {
    world.reserved.delete(id);
    world.settle(request, code);
    return true;
  };
  switch (world.steps[request] ?? 0) {
    case 0:
      if (world.live(id) !== undefined || world.reserved.has(id)) {
        world.settle(request, 'INVALID_REQUEST');
      } else world.reserved.add(id);
      return true;
    case 1:
      return grant !== undefined && !world.providers.has(grant.providerId)
        ? refuse('CAPABILITY_NOT_FOUND')
        : true;
    case 2:
      if (guest === 'garbage') return refuse('INVALID_REQUEST');
      if (guest !== 'foreign') return true;
      world.tell(id, 'admission_refused');
      return refuse('VALIDATION_ERROR');
    case 3: {
      const member = newMember(action, new PlainInstance(policy, GRACE_MS));
      member.starters.push(request);
      world.members.set(id, member);
      world.reserved.delete(id);
      if (grant !== undefined) world.tell(id, 'capability_assigned');
      return true;
    }
    default:
      return false;
  }
};

const stop: Step<'stop'> = (world, request, { id }) => {
  if ((world.steps[request] ?? 0) > 0) return false;
  const member = world.members.get(id);
  if (member === undefined) world.settle(request, 'INSTANCE_NOT_FOUND');
  else if (member.life.isOver) {
    member.wasAsked = true;
    world.settle(request, 'ok');
  } else {
    member.stoppers.push(request);
    changing(world, id, () => member.life.stop(NOW_MS));
    drain(world, id);
  }
  return true;
};

const restart: Step<'restart'> = (world, request, { id }) => {
  if ((world.steps[request] ?? 0) > 0) return false;
  const member = world.members.get(id);
  if (member === undefined) world.settle(request, 'INSTANCE_NOT_FOUND');
  else if (member.spec.policy.policyType === 'never' || member.life.phase === 'failed') {
    world.settle(request, 'RESTART_POLICY_VIOLATION');
  } else if (member.life.isOver || member.life.phase === 'stopping') {
    world.settle(request, 'INVALID_REQUEST');
  } else {
    member.starters.push(request);
    changing(world, id, () => member.life.restart(NOW_MS));
    drain(world, id);
  }
  return true;
};

const assign: Step<'assign'> = (world, request, { id, grant }) => {
  switch (world.steps[request] ?? 0) {
    case 0:
      isLive(world, request, id);
      return true;
    case 1:
      if (!world.providers.has(grant.providerId)) world.settle(request, 'CAPABILITY_NOT_FOUND');
      return true;
    default: {
      const member = world.live(id);
      if (member !== undefined) {
        member.grant = grant;
        world.tell(id, 'capability_assigned');
      }
      world.settle(request, member === undefined ? 'INSTANCE_NOT_FOUND' : 'ok');
      return true;
    }
  }
};

const revoke: Step<'revoke'> = (world, request, { id }) => {
  switch (world.steps[request] ?? 0) {
    case 0:
      isLive(world, request, id);
      return true;
    case 1: {
      const member = world.live(id);
      if (member === undefined) world.settle(request, 'INSTANCE_NOT_FOUND');
      else if (member.grant === undefined) world.settle(request, 'CAPABILITY_NOT_FOUND');
      else member.grant = undefined;
      return true;
    }
    default:
      world.tell(id, 'capability_revoked');
      world.settle(request, 'ok');
      return true;
  }
};

const startProvider: Step<'start-provider'> = (world, request) => {
  if (world.providers.has('extra')) {
    world.settle(request, 'INVALID_REQUEST');
  } else {
    world.providers.add('extra');
    world.tell('extra', 'provider_started');
    world.settle(request, 'ok');
  }
  return true;
};

const stopProvider: Step<'stop-provider'> = (world, request) => {
  if (world.providers.delete('extra')) {
    // What is kept in memory goes with it.
    for (const key of world.data.keys()) if (key.startsWith('extra/')) world.data.delete(key);
    world.tell('extra', 'provider_stopped');
    world.settle(request, 'ok');
  } else {
    world.settle(request, 'CAPABILITY_NOT_FOUND');
  }
  return true;
};

const STEPS: { readonly [Kind in Action['kind']]: Step<Kind> } = {
  start,
  stop,
  restart,
  call: stepOfCall,
  assign,
  revoke,
  'start-provider': startProvider,
  'stop-provider': stopProvider,
};
