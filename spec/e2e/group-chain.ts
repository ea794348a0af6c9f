import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { ExecutionEvent } from '../../lib/core/execution-event.ts';
import type { GroupChild, GroupSpec } from '../../lib/core/group-spec.ts';
import type { InstanceSpec } from '../../lib/core/instance-spec.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { codeOf } from './fixtures.ts';

/** A guest that traps, spins and adds on request. */
export const core: Uint8Array = guestBytes('core');

/** Restarts without waiting. */
export const NO_BACKOFF: Required<GroupSpec>['backoff'] = { initialMs: 0, maxMs: 0, jitter: 0 };

/** A child whose instance has its name. */
export const child = (
  id: string,
  more: Partial<Extract<GroupChild, { readonly instance: InstanceSpec }>> = {},
): GroupChild => ({
  childId: id,
  instance: { module: core, instanceId: id },
  ...more,
});

/** The group `g` of three instances. */
export const chain = (
  strategy: GroupSpec['strategy'],
  more: Partial<GroupSpec> = {},
): GroupSpec => ({
  groupId: 'g',
  ...(strategy === undefined ? {} : { strategy }),
  backoff: NO_BACKOFF,
  children: ['a', 'b', 'c'].map((id) => child(id)),
  ...more,
});

/** Types of facts, shortened. */
export const SHORT: Readonly<Record<string, string>> = {
  instance_started: 'start',
  instance_restarted: 'restart',
  instance_stopped: 'stop',
  instance_crashed: 'crash',
  instance_failed: 'fail',
};

/** A fact in two words: what happened, and to whom. */
export function told({ type, instanceId, groupId }: ExecutionEvent): string {
  return `${SHORT[type] ?? type} ${instanceId ?? `group ${groupId}`}`;
}

/** What happened after a fact, once the last of it is as wanted; the specs' timeout is the deadline. */
export async function after(
  supervisor: Supervisor,
  sinceSeq: number,
  last: string,
): Promise<string[]> {
  const heard: string[] = [];
  for await (const fact of supervisor.events({ sinceSeq })) {
    heard.push(told(fact));
    if (heard.at(-1) === last) break;
  }
  return heard;
}

/** The number of the latest fact. */
export const lastSeq = async (supervisor: Supervisor): Promise<number> =>
  (await supervisor.stats()).facts.lastSeq;

/** Makes a guest trap, and tells what followed. */
export async function crash(supervisor: Supervisor, id: string, last: string): Promise<string[]> {
  const since = await lastSeq(supervisor);
  expect(await codeOf(supervisor.invoke(id, 'boom'))).to.equal('WASM_RUNTIME_ERROR');
  return after(supervisor, since, last);
}

/** No thread, and no instance that could have one. */
export async function expectNothing(supervisor: Supervisor): Promise<void> {
  const { threads, instances } = await supervisor.stats();
  expect(threads.total).to.equal(0);
  expect([instances.running, instances.starting, instances.stopping]).to.deep.equal([0, 0, 0]);
}
