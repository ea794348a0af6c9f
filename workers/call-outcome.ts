import type { CallOutcome, GuestFailure } from '../lib/protocol/instance-messages.ts';
import type { FuelTank } from './fuel-tank.ts';
import {
  BadArguments,
  CapabilityRefused,
  GuestError,
  GuestExit,
  GuestTrap,
  PayloadTooLarge,
} from './guest-failure.ts';

/** Deep recursion in a guest can make a stack of any size. */
const MAX_STACK_LINES = 32;
const MAX_MESSAGE = 2_000;

/** Runs something of the guest on a full tank and turns whatever comes of it into plain data. */
export function outcomeOf(run: () => unknown, fuel?: FuelTank): CallOutcome {
  fuel?.fill();
  const outcome = plainOutcome(run);
  // First, because the trap may have come out as something else: whoever spent it all is never done.
  if (fuel?.isSpent !== true) return outcome;
  return { isOk: false, failure: { kind: 'out-of-fuel', limit: fuel.limit } };
}

function plainOutcome(run: () => unknown): CallOutcome {
  try {
    return { isOk: true, value: run() };
  } catch (thrown) {
    return { isOk: false, failure: failureOf(thrown) };
  }
}

function failureOf(thrown: unknown): GuestFailure {
  if (thrown instanceof GuestExit) return { kind: 'exit', exitCode: thrown.exitCode };
  if (thrown instanceof GuestError) {
    return { kind: 'guest-error', payload: thrown.payload, message: bounded(thrown) };
  }
  if (thrown instanceof BadArguments) {
    return { kind: 'bad-arguments', field: thrown.field, message: thrown.message };
  }
  if (thrown instanceof PayloadTooLarge) {
    return { kind: 'too-large', field: thrown.field, message: thrown.message };
  }
  const message = bounded(thrown);
  if (thrown instanceof WebAssembly.LinkError || thrown instanceof WebAssembly.CompileError) {
    return { kind: 'link', message };
  }
  if (thrown instanceof CapabilityRefused) {
    return { kind: 'trap', message: `capability call: ${message}` };
  }
  const stack = guestStack(thrown);
  return stack === undefined ? { kind: 'trap', message } : { kind: 'trap', message, stack };
}

function bounded(thrown: unknown): string {
  const isForeign = !(thrown instanceof Error);
  const text = isForeign ? 'the guest threw an exception' : thrown.message;
  // An exception of the guest's own has no message of its own either.
  const message = text === '' ? 'the guest threw an exception' : text;
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}

/** The guest's frames only: paths of the host are nobody's business. */
function guestStack(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || thrown instanceof GuestTrap) return undefined;
  const frames = (thrown.stack ?? '').split('\n').filter((line) => line.includes('wasm://'));
  return frames.length === 0
    ? undefined
    : frames
        .slice(0, MAX_STACK_LINES)
        .map((line) => line.trim().slice(0, 300))
        .join('\n');
}
