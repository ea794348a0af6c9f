import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { ALL_KV, AT_ONCE, kvGrant, pause } from '../e2e/fixtures.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { CounterModel } from './counter-model.ts';
import { GaplessFacts } from './gapless-facts.ts';

/** What ends together with a rest takes as long as a thread does to load. */
const LONGEST_SETTLING_MS = 10_000;
const SPARES = 2;
const COUNTER_KEY = 'all';
const FAULTY = new URL('../e2e/faulty-provider.js', import.meta.url);

/** A guest that lives as long as the world and counts in a provider. */
export interface ResidentCounter {
  readonly id: string;
  readonly isolation: 'thread' | 'process';
  readonly providerId: string;
  /** Of the counter that it shares with others of the same provider. */
  readonly model: CounterModel;
}

/** One supervisor, what lives in it for the whole soak, and what must be true of it. */
export class SoakWorld {
  readonly supervisor: Supervisor;
  readonly counters: readonly ResidentCounter[];
  readonly facts: GaplessFacts;
  /** Where the store on disk lies. */
  readonly #folder: string;

  private constructor(
    supervisor: Supervisor,
    counters: readonly ResidentCounter[],
    folder: string,
  ) {
    this.supervisor = supervisor;
    this.counters = counters;
    this.facts = new GaplessFacts(supervisor);
    this.#folder = folder;
  }

  static async open(): Promise<SoakWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'wasmatrix-soak-'));
    // Small bounds are reached within the warm-up.
    const supervisor = await createSupervisor({
      maxFacts: 300,
      maxEnded: 20,
      maxModules: 32,
      warmSpares: SPARES,
    });
    try {
      await supervisor.startProvider(diskProvider(folder));
      await supervisor.startProvider({
        providerType: 'kv',
        providerId: 'faulty',
        module: FAULTY,
        restartPolicy: AT_ONCE,
        heapMb: 32,
      });
      const models = new Map(
        ['default-kv', 'disk'].map((providerId) => [providerId, new CounterModel()]),
      );
      const counters: ResidentCounter[] = [];
      for (const [providerId, model] of models) {
        for (const isolation of ['thread', 'process'] as const) {
          const id = await supervisor.startInstance(counterSpec(providerId, isolation));
          counters.push({ id, isolation, providerId, model });
        }
      }
      return new SoakWorld(supervisor, counters, folder);
    } catch (error) {
      await supervisor.destroy();
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  /** Has a resident count so many times, in one call. */
  async count({ id, model }: ResidentCounter, times: number): Promise<bigint> {
    return model.count(times, async () => {
      const value = await this.supervisor.invoke(id, 'bump-many', [COUNTER_KEY, times]);
      return value as bigint;
    });
  }

  /** Gives a provider of the world a new life while it is in use. */
  async update(providerId: string): Promise<void> {
    const next =
      providerId === 'disk' ? diskProvider(this.#folder) : { providerType: 'kv', providerId };
    await this.supervisor.updateProvider(providerId, next);
  }

  /**
   * Waits until nothing but the residents is left of what was done.
   *
   * @throws where something is.
   */
  async settle(): Promise<void> {
    const processes = this.counters.filter(({ isolation }) => isolation === 'process').length;
    const wanted = {
      running: this.counters.length,
      threads: this.counters.length - processes + SPARES,
      spares: SPARES,
      processes,
      starting: 0,
      waiting: 0,
    };
    const until = performance.now() + LONGEST_SETTLING_MS;
    for (;;) {
      const { instances, threads, processes: now, calls } = await this.supervisor.stats();
      const found = {
        running: instances.running,
        threads: threads.total,
        spares: threads.spares,
        processes: now,
        starting: instances.starting + instances.stopping,
        waiting: threads.waiting + calls.waiting,
      };
      if (JSON.stringify(found) === JSON.stringify(wanted)) return;
      if (performance.now() > until) expect(found, 'at rest').to.deep.equal(wanted);
      await pause(10);
    }
  }

  /**
   * Asks every resident, while nobody else counts.
   *
   * @throws where an answer is not possible.
   */
  async check(): Promise<void> {
    for (const counter of this.counters) {
      const fault = counter.model.faultOf(await this.count(counter, 1));
      expect(fault, `${counter.providerId} by ${counter.isolation}`).to.equal(undefined);
      const { status, restarts } = await this.supervisor.queryInstance(counter.id);
      expect({ status, restarts }).to.deep.equal({ status: 'running', restarts: 0 });
    }
    expect(this.facts.fault).to.equal(undefined);
  }

  /** @throws where something is left. */
  async close(): Promise<void> {
    await this.supervisor.close();
    await this.facts.close();
    await rm(this.#folder, { recursive: true });
    const { threads, processes, instances } = await this.supervisor.stats();
    expect({ threads, processes }).to.deep.equal({
      threads: { total: 0, spares: 0, waiting: 0, compile: 0 },
      processes: 0,
    });
    expect(Object.values(instances)).to.deep.equal([0, 0, 0, 0, 0]);
  }
}

function diskProvider(folder: string) {
  const config = { backend: 'lmdb', path: folder };
  return { providerType: 'kv', providerId: 'disk', config };
}

function counterSpec(providerId: string, isolation: 'thread' | 'process') {
  const capabilities = [{ ...kvGrant(ALL_KV, 'soak'), providerId }];
  // A store on disk may take its time, and the residents are to live as long as the world.
  const limits = { callTimeoutMs: 60_000 };
  return { module: guestBytes('counter-c'), capabilities, isolation, limits };
}
