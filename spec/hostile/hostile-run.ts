import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import type { InstanceSpec } from '../../lib/core/instance-spec.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { ALL_KV, kvGrant, pause } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import type { HostileGuest, Outcome } from './hostile-guest.ts';
import { Neighbours } from './neighbours.ts';

/** What a guest has at the most between its deadline and its end: the published bound. */
const KILL_BOUND_MS = 2_000;
/** Reading and compiling come before a start and have a deadline of their own. */
const ADMISSION_MS = 8_000;
/** How long a command or a handler may take to show what it is. */
const LIFE_MS = 400;
const SHORT_LIMITS = { callTimeoutMs: 150, startTimeoutMs: 400 } as const;

/** What a row came to. */
export interface HostileReport {
  readonly title: string;
  readonly outcome: Outcome | undefined;
  /** From the hostile request to its answer. */
  readonly elapsedMs: number;
  /** The slowest answer of a neighbour meanwhile. */
  readonly neighbourMs: number;
  /** What was not as promised; empty when all is well. */
  readonly problems: readonly string[];
}

/** A supervisor with two innocent guests, on which hostile ones are let loose one after the other. */
export class HostileStage implements AsyncDisposable {
  readonly #supervisor: Supervisor;
  readonly #neighbours: Neighbours;

  private constructor(supervisor: Supervisor, neighbours: Neighbours) {
    this.#supervisor = supervisor;
    this.#neighbours = neighbours;
  }

  static async open(): Promise<HostileStage> {
    const supervisor = await createSupervisor({ warmSpares: 0 });
    const numbers = await supervisor.startInstance({ module: guestBytes('core') });
    const counter = await supervisor.startInstance({
      module: guestBytes('counter-c'),
      capabilities: [kvGrant(ALL_KV, 'neighbours')],
    });
    return new HostileStage(supervisor, new Neighbours(supervisor, numbers, counter));
  }

  /** Lets one guest loose and says what became of it and of everybody else. */
  async run(guest: HostileGuest): Promise<HostileReport> {
    const problems: string[] = [];
    const before = await this.#supervisor.stats();
    await this.#neighbours.check(problems);
    const module = await guest.module();
    const pulse = this.#neighbours.startPulse();
    const begunAt = performance.now();
    const { outcome, instanceId } = await this.#attempt(guest, module, problems);
    const elapsedMs = performance.now() - begunAt;
    const neighbourMs = await pulse.stop(problems);
    if (instanceId !== undefined) await this.#supervisor.stopInstance(instanceId, { graceMs: 0 });
    await this.#expectNothingLeft(before.threads.total, problems);
    await this.#neighbours.check(problems);
    return { title: guest.title, outcome, elapsedMs, neighbourMs, problems };
  }

  async #attempt(
    guest: HostileGuest,
    module: Uint8Array,
    problems: string[],
  ): Promise<{ readonly outcome?: Outcome; readonly instanceId?: string }> {
    const spec = specOf(guest, module);
    const { callTimeoutMs = 0, startTimeoutMs = 0 } = spec.limits ?? {};
    let instanceId: string;
    try {
      const start = this.#supervisor.startInstance(spec);
      instanceId = await within(start, ADMISSION_MS + startTimeoutMs + KILL_BOUND_MS);
    } catch (error) {
      return this.#failed('start', error, problems);
    }
    let answer: unknown;
    try {
      for (const [exportName, args = []] of guest.calls ?? []) {
        const call = this.#supervisor.invoke(instanceId, exportName, args);
        answer = await within(call, callTimeoutMs + KILL_BOUND_MS);
      }
    } catch (error) {
      const failure = this.#failed('call', error, problems);
      if (failure.outcome === undefined) return { instanceId };
      return { instanceId, outcome: { ...failure.outcome, ...(await this.#end(instanceId)) } };
    }
    if (guest.message !== undefined) await this.#neighbours.publish(guest.message);
    if (guest.calls === undefined) await this.#showsItself(instanceId);
    const end = await this.#end(instanceId);
    const stage = end.exit === 'none' ? 'alive' : 'life';
    return { instanceId, outcome: { stage, answer, ...end } };
  }

  /** Waits for a guest that is not called to come to an end, or to show that it does not. */
  async #showsItself(instanceId: string): Promise<void> {
    const deadline = performance.now() + LIFE_MS;
    while (performance.now() < deadline) {
      const { lastExit } = await this.#supervisor.queryInstance(instanceId);
      if (lastExit !== undefined) return;
      await pause(10);
    }
  }

  async #end(instanceId: string): Promise<Pick<Outcome, 'exit' | 'exitCode'>> {
    const { lastExit } = await this.#supervisor.queryInstance(instanceId);
    if (lastExit === undefined) return { exit: 'none' };
    const { reason, exitCode } = lastExit;
    return { exit: reason, ...(exitCode === undefined ? {} : { exitCode }) };
  }

  #failed(
    stage: 'start' | 'call',
    error: unknown,
    problems: string[],
  ): { readonly outcome?: Outcome } {
    if (error instanceof Overdue) {
      problems.push(`the ${stage} did not come back within ${error.boundMs} ms`);
      return {};
    }
    if (!isWasmatrixError(error)) {
      problems.push(`the ${stage} failed with a foreign error: ${String(error)}`);
      return {};
    }
    const { code, details } = error;
    return { outcome: { stage, code, details } };
  }

  /** Threads are as many as before, nobody waits, and only the neighbours run. */
  async #expectNothingLeft(threadsBefore: number, problems: string[]): Promise<void> {
    const deadline = performance.now() + KILL_BOUND_MS;
    let stats = await this.#supervisor.stats();
    while (stats.threads.total > threadsBefore && performance.now() < deadline) {
      await pause(5);
      stats = await this.#supervisor.stats();
    }
    const left = stats.threads.total - threadsBefore;
    if (left > 0) problems.push(`${left} threads are left ${KILL_BOUND_MS} ms after the end`);
    if (stats.calls.waiting > 0) problems.push(`${stats.calls.waiting} calls wait`);
    if (stats.threads.waiting > 0) problems.push(`${stats.threads.waiting} starts wait`);
    const { running, starting, stopping } = stats.instances;
    if (running !== 2 || starting + stopping > 0) {
      problems.push(`running ${running}, starting ${starting}, stopping ${stopping}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor.destroy();
  }
}

function specOf({ spec = {} }: HostileGuest, module: Uint8Array): InstanceSpec {
  const limits = { ...SHORT_LIMITS, ...spec.limits };
  return { restartPolicy: { policyType: 'never' }, ...spec, limits, module };
}

/** A promise did not settle in time, which is a failure of ours. */
class Overdue extends Error {
  readonly boundMs: number;
  constructor(boundMs: number) {
    super(`not within ${boundMs} ms`);
    this.boundMs = boundMs;
  }
}

async function within<T>(promise: Promise<T>, boundMs: number): Promise<T> {
  const { promise: overdue, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Overdue(boundMs)), boundMs);
  try {
    return await Promise.race([promise, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
