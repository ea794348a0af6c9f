import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { CapabilityAssignment } from '../../lib/core/capability-assignment.ts';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import type { Action, CallKind, GuestKind, PlainGrant } from './plain-action.ts';
import type { View } from './plain-world.ts';

/** Long enough for an idle thread to begin a call, short enough for many loops in a row. */
const LOOP_TIMEOUT_MS = 30;
/** No call is cut short by a stop: how long one takes is not the model's affair. */
const STOP_GRACE_MS = 60_000;

const REACTOR = wat(`(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (global $count (mut i32) (i32.const 0))
  (func (export "_initialize"))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "count-life") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))
  (func (export "boom") unreachable)
  (func (export "spin") (loop $again (br $again)))
  (func (export "exit-0") (call $exit (i32.const 0)))
  (func (export "exit-3") (call $exit (i32.const 3))))`);

const MODULES: Readonly<Record<GuestKind, Uint8Array>> = {
  counter: guestBytes('counter-c'),
  reactor: REACTOR,
  trapping: wat('(module (func $f unreachable) (start $f))'),
  foreign: wat('(module (import "env" "nobody" (func)))'),
  garbage: new Uint8Array([1, 2, 3, 4]),
};

const EXPORTS: Readonly<Record<CallKind, string>> = {
  add: 'add',
  count: 'count-life',
  trap: 'boom',
  loop: 'spin',
  'exit-0': 'exit-0',
  'exit-3': 'exit-3',
  bump: 'bump',
  look: 'keys',
};

/** Makes one request and says in a word what it came to. */
export async function perform(supervisor: Supervisor, action: Action): Promise<string> {
  try {
    const value = await request(supervisor, action);
    return value === undefined || typeof value === 'string' ? 'ok' : `ok ${plain(value)}`;
  } catch (error) {
    if (!isWasmatrixError(error)) throw error;
    const { code, details } = error;
    if (details['kind'] === 'guest-error') {
      return details['payload'] === 'access-denied' ? 'refused access-denied' : 'refused';
    }
    return code === 'TIMEOUT' ? `TIMEOUT ${String(details['phase'])}` : code;
  }
}

function plain(value: unknown): string {
  return Array.isArray(value) ? (value as string[]).toSorted().join() : String(value);
}

function request(supervisor: Supervisor, action: Action): Promise<unknown> {
  switch (action.kind) {
    case 'start': {
      const { id, guest, policy, mailbox, grant } = action;
      return supervisor.startInstance({
        module: MODULES[guest],
        instanceId: id,
        restartPolicy: policy,
        limits: { mailbox, stopGraceMs: STOP_GRACE_MS },
        capabilities: grant === undefined ? [] : [assignmentOf(grant)],
      });
    }
    case 'stop':
      return supervisor.stopInstance(action.id);
    case 'restart':
      return supervisor.restartInstance(action.id);
    case 'call':
      return invoke(supervisor, action.id, action.call);
    case 'assign':
      return supervisor.assignCapability(action.id, assignmentOf(action.grant));
    case 'revoke':
      return supervisor.revokeCapability(action.id, 'kv');
    case 'start-provider':
      return supervisor.startProvider({ providerType: 'kv', providerId: 'extra' });
    case 'stop-provider':
      return supervisor.stopProvider('extra');
  }
}

function invoke(supervisor: Supervisor, id: string, call: CallKind): Promise<unknown> {
  const args = call === 'add' ? [2, 3] : call === 'bump' ? [id] : [];
  const options = call === 'loop' ? { timeoutMs: LOOP_TIMEOUT_MS } : {};
  return supervisor.invoke(id, EXPORTS[call], args, options);
}

function assignmentOf({ providerId, bucket, permissions }: PlainGrant): CapabilityAssignment {
  const config = { buckets: { default: bucket } };
  return { capabilityId: 'kv', providerType: 'kv', providerId, permissions, config };
}

function grantOf({ providerId, permissions, config }: CapabilityAssignment): unknown {
  const buckets = config?.['buckets'] as Readonly<Record<string, unknown>>;
  return { providerId, bucket: buckets['default'], permissions };
}

/** What there is to be seen, asked for by the public interface alone. */
export async function observe(supervisor: Supervisor, ids: readonly string[]): Promise<View> {
  const listed = new Set((await supervisor.listInstances()).map(({ instanceId }) => instanceId));
  const instances: View['instances'][number][] = [];
  for (const id of ids) {
    const info = await supervisor.queryInstance(id).catch((error: unknown) => {
      if (isWasmatrixError(error) && error.code === 'INSTANCE_NOT_FOUND') return undefined;
      throw error;
    });
    if (info === undefined) continue;
    const { status, restarts } = info;
    const grants = (await supervisor.listCapabilities(id)).map(grantOf) as PlainGrant[];
    instances.push({ id, status, restarts, isListed: listed.has(id), grants });
  }
  const { threads, calls } = await supervisor.stats();
  const providers = (await supervisor.listProviders()).map(({ providerId }) => providerId);
  return {
    instances,
    facts: await factsByPlace(supervisor),
    providers: providers.sort(),
    threads: threads.total,
    waiting: calls.waiting,
  };
}

async function factsByPlace(supervisor: Supervisor): Promise<Record<string, string[]>> {
  const facts: Record<string, string[]> = {};
  for (const { type, instanceId, providerId } of await supervisor.executionEvents()) {
    const place = instanceId ?? providerId;
    if (place === undefined || place === 'default-kv') continue;
    facts[place] = [...(facts[place] ?? []), type];
  }
  return facts;
}
