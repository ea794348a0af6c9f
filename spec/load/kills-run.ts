import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { machineFacts, machineLine } from '../bench/machine-facts.ts';
import { type Quantiles, quantilesOf } from '../bench/quantiles.ts';
import { childProcesses, TELLS_CHILDREN } from '../e2e/child-processes.ts';
import { pause } from '../e2e/fixtures.ts';
import { isRunning } from '../e2e/shard-fixtures.ts';
import { CountTally } from './count-tally.ts';
import { GaplessFacts } from './gapless-facts.ts';
import { inLanes } from './in-lanes.ts';
import { KillsCalls } from './kills-calls.ts';
import { excessOf, faultsOf, SPARES } from './kills-checks.ts';
import type { KillsOptions } from './kills-options.ts';
import type { Kill, KillsReport } from './kills-report.ts';
import { KillsResidents } from './kills-residents.ts';
import { LifeFacts } from './life-facts.ts';

/** The load is steady by then. */
const STEADY_MS = 300;
const LOOK_EVERY_MS = 20;
/** Nobody takes as long to be back, or gone. */
const DEADLINE_MS = 120_000;
const MOST_FAULTS_TOLD = 20;

/** How the run is watched. */
export interface KillsWatch {
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** Kills shards under load, again and again, and looks whether anybody is hurt by it for good. */
export class KillsRun {
  readonly #options: KillsOptions;
  readonly #watch: KillsWatch;
  readonly #signal: AbortSignal;
  readonly #beganAtMs = performance.now();
  readonly #kills: Kill[] = [];
  readonly #knownMs: number[] = [];
  readonly #killed = new Set<number>();
  readonly #faults = new Set<string>();
  readonly #lives = new LifeFacts((fault) => this.#fault(fault));
  #faultCount = 0;

  constructor(options: KillsOptions, watch: KillsWatch) {
    this.#options = options;
    this.#watch = watch;
    const limit = AbortSignal.timeout(Math.ceil(options.minutes * 60_000));
    this.#signal = AbortSignal.any([watch.signal, limit]);
  }

  async measure(): Promise<KillsReport> {
    const { shards, instances, lanes } = this.#options;
    const maxThreads = Math.max(1_000, instances + 100);
    const supervisor = await createSupervisor({ shards, warmSpares: SPARES, maxThreads });
    const facts = new GaplessFacts(supervisor);
    this.#lives.follow(supervisor);
    const residents = new KillsResidents(supervisor);
    const calls = new KillsCalls(supervisor, residents, lanes, (fault) => this.#fault(fault));
    try {
      await residents.fill(instances, lanes, this.#signal);
      this.#watch.progress(`${residents.all.length} instances run`);
      await this.#underLoad(supervisor, residents, calls);
    } catch (error) {
      this.#fault(`the run has failed: ${String(error)}`);
    } finally {
      await supervisor.destroy();
      await facts.close();
      await this.#lives.close();
    }
    if (facts.fault !== undefined) this.#fault(facts.fault);
    await this.#checkNothingLeft();
    return this.#report(calls, facts.count);
  }

  async #underLoad(
    supervisor: Supervisor,
    residents: KillsResidents,
    calls: KillsCalls,
  ): Promise<void> {
    const { kills } = this.#options;
    const load = calls.run();
    try {
      while (this.#kills.length < kills && !this.#signal.aborted) {
        await pause(STEADY_MS);
        await this.#kill(supervisor, residents, calls);
      }
    } finally {
      calls.end();
      await load;
    }
    if (this.#kills.length < kills && !this.#watch.signal.aborted) {
      this.#fault(`only ${this.#kills.length} kills in the time that was given`);
    }
  }

  async #kill(supervisor: Supervisor, residents: KillsResidents, calls: KillsCalls): Promise<void> {
    const { shards } = await supervisor.stats();
    const { pid, guests } = shards.toSorted((a, b) => b.guests - a.guests)[0] ?? { guests: 0 };
    if (pid === undefined) throw new Error('there is no shard to kill');
    this.#lives.takeCrashes();
    calls.killed();
    const killedAtMs = performance.now();
    process.kill(pid, 'SIGKILL');
    this.#killed.add(pid);
    const crashed = new Set<string>();
    const knownMs: number[] = [];
    const isBack = await this.#until('everybody is back', async () => {
      for (const { instanceId, atMs } of this.#lives.takeCrashes()) {
        crashed.add(instanceId);
        knownMs.push(atMs - killedAtMs);
      }
      if (crashed.size < guests) return `${crashed.size} of ${guests} crashes are known`;
      const wanted = residents.all.filter(({ id, kind }) => kind !== 'mortal' || !crashed.has(id));
      const { instances } = await supervisor.stats();
      if (instances.running === wanted.length) return undefined;
      return `${instances.running} of ${wanted.length} run`;
    });
    const backMs = performance.now() - killedAtMs;
    if (!isBack) return;
    calls.rest();
    const lost = residents.all.filter(({ id, kind }) => kind === 'mortal' && crashed.has(id));
    await this.#check(supervisor, residents, calls, lost);
    const checkedMs = performance.now() - killedAtMs;
    this.#note({ pid, guests, backMs, checkedMs }, knownMs);
    await residents.replace(lost, this.#options.lanes);
  }

  #note(kill: Pick<Kill, 'pid' | 'guests' | 'backMs' | 'checkedMs'>, knownMs: number[]): void {
    this.#knownMs.push(...knownMs);
    const known = {
      knownMs: quantilesOf(knownMs),
      firstKnownMs: Math.min(...knownMs),
      lastKnownMs: Math.max(...knownMs),
    };
    this.#kills.push({ ...kill, ...known });
    const { firstKnownMs, lastKnownMs } = known;
    this.#watch.progress(
      `kill ${this.#kills.length}: ${kill.guests} guests, crashes known after ${firstKnownMs.toFixed(0)} to ${lastKnownMs.toFixed(0)} ms, all back after ${(kill.backMs / 1_000).toFixed(1)} s, ${this.#faultCount} faults`,
    );
  }

  /** Everybody is asked once more, beside the callers, and nothing is there twice. */
  async #check(
    supervisor: Supervisor,
    residents: KillsResidents,
    calls: KillsCalls,
    lost: readonly { readonly id: string }[],
  ): Promise<void> {
    const dead = new Set(residents.all.filter(({ id }) => lost.some((each) => each.id === id)));
    for (const fault of await faultsOf(supervisor, residents.all, dead)) this.#fault(fault);
    const alive = residents.all.filter((resident) => !dead.has(resident));
    await inLanes(this.#options.lanes, alive, async (resident) => {
      const outcome = await calls.call(
        resident,
        new CountTally(),
        `${resident.id}-${this.#killed.size}`,
      );
      if (outcome === 'refused' && resident.kind !== 'revoked') {
        this.#fault(`${resident.kind} did not answer although it was back`);
      }
    });
    await this.#until('nothing is there twice', () =>
      excessOf(supervisor, alive.length, this.#killed),
    );
  }

  /** Waits until nothing is missing. */
  async #until(what: string, missing: () => Promise<string | undefined>): Promise<boolean> {
    const untilMs = performance.now() + DEADLINE_MS;
    for (;;) {
      const problem = await missing();
      if (problem === undefined) return true;
      if (this.#signal.aborted) return false;
      if (performance.now() > untilMs) {
        this.#fault(`${what}: ${problem}`);
        return false;
      }
      await pause(LOOK_EVERY_MS);
    }
  }

  async #checkNothingLeft(): Promise<void> {
    const children = TELLS_CHILDREN ? await childProcesses() : [];
    const left = [...new Set([...children, ...this.#killed])].filter(isRunning);
    if (left.length > 0) this.#fault(`${left.length} processes are left`);
  }

  #fault(text: string): void {
    this.#faultCount += 1;
    if (this.#faults.size < MOST_FAULTS_TOLD) this.#faults.add(text);
  }

  #report(calls: KillsCalls, facts: number): KillsReport {
    const { isHelp: _, ...options } = this.#options;
    const first = this.#kills.flatMap(({ firstKnownMs }) => firstKnownMs ?? []);
    const figures = (name: string, samples: readonly number[]): Record<string, Quantiles> =>
      samples.length === 0 ? {} : { [name]: quantilesOf(samples) };
    return {
      options,
      machine: machineLine(machineFacts()),
      wasInterrupted: this.#watch.signal.aborted,
      minutes: (performance.now() - this.#beganAtMs) / 60_000,
      kills: this.#kills,
      ...figures('knownMs', this.#knownMs),
      ...figures('firstKnownMs', first),
      ...figures('toldMs', calls.toldAfterMs),
      ...figures(
        'backMs',
        this.#kills.map(({ backMs }) => backMs),
      ),
      calls: calls.figures,
      facts,
      faults: [...this.#faults],
      faultCount: this.#faultCount,
    };
  }
}
