import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { failureOf } from './fixtures.ts';
import greeting from './greeting-provider.ts';

/** A plug-in that imports host functions. */
export const caller: Uint8Array = guestBytes('extism-caller');
const MODULE = new URL('./greeting-provider.js', import.meta.url);
/** A name that leads to a prototype where somebody looks it up in an ordinary object. */
const ODD = JSON.parse('{"__proto__":"greet"}') as Readonly<Record<string, string>>;
/** Every host function that it imports, mapped. */
export const ALL: Readonly<Record<string, string>> = {
  greet: 'greet',
  note: 'note',
  join: 'join',
  ...ODD,
};

/** An assignment of a greeting provider that maps host functions. */
export function grant(
  hostFunctions: Readonly<Record<string, string>> = ALL,
  more: Partial<CapabilityAssignment> = {},
): CapabilityAssignment {
  return {
    capabilityId: 'greeting',
    providerType: 'greeting',
    permissions: ['greeting:say', 'greeting:note'],
    config: { hostFunctions },
    ...more,
  };
}

/** What a call of the plug-in answers, as text. */
export const called = async (
  supervisor: Supervisor,
  id: string,
  name: string,
  input: string | Uint8Array,
): Promise<string> =>
  Buffer.from((await supervisor.invoke(id, name, [input])) as Uint8Array).toString();

/** Why a call of the plug-in failed, which lives on. */
export async function reasonOf(call: Promise<unknown>): Promise<unknown> {
  const error = await failureOf(call);
  expect(error.code).to.equal('WASM_RUNTIME_ERROR');
  expect(error.details['kind']).to.equal('guest-error');
  return error.details['payload'];
}

/** Where the provider serves, and where its guest runs. */
export const PLACES = [
  { placement: 'inline', isolation: 'thread' },
  { placement: 'thread', isolation: 'thread' },
  { placement: 'thread', isolation: 'process' },
] as const;

/** Starts the provider, whose id is `greeter`. */
export async function startGreeting(
  supervisor: Supervisor,
  placement: 'inline' | 'thread',
): Promise<string> {
  return placement === 'inline'
    ? supervisor.startProvider({ definition: greeting, providerId: 'greeter' })
    : supervisor.startProvider({
        providerType: 'greeting',
        module: MODULE,
        providerId: 'greeter',
      });
}

/** What it tells of itself. */
export const metadataOf = async (
  supervisor: Supervisor,
): Promise<{ readonly served: number; readonly notes: readonly string[] }> =>
  (await supervisor.listProviders()).find(({ providerId }) => providerId === 'greeter')
    ?.metadata as never;
