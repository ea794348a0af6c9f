import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { childProcesses, TELLS_CHILDREN } from './child-processes.ts';
import { ALL_KV, codeOf, failureOf, kvGrant, pause, until } from './fixtures.ts';
import {
  areReady,
  COUNTER,
  signalFullest,
  started,
  untilShards,
  withShards,
} from './shard-fixtures.ts';

/** How often a shard is killed, and how many residents there are; a script may ask for more. */
const KILLS = Number(process.env['SHARD_KILLS'] ?? 3);
const RESIDENTS = Number(process.env['SHARD_RESIDENTS'] ?? 30);
const CALLERS = 12;

/** What came of the calls that count under one key. */
interface Tally {
  done: number;
  /** Nobody knows whether they have counted. */
  unsure: number;
  readonly foreign: unknown[];
}

/** Calls one guest after the other, until it is told to end. */
async function callOn(
  supervisor: Supervisor,
  ids: readonly string[],
  key: string,
  tally: Tally,
  isOver: () => boolean,
): Promise<void> {
  for (let at = key.length; !isOver(); at += 7) {
    try {
      await supervisor.invoke(ids[at % ids.length] as string, 'bump', [key]);
      tally.done += 1;
    } catch (error) {
      if (!isWasmatrixError(error)) tally.foreign.push(error);
      else if (error.details['executed'] === 'maybe') tally.unsure += 1;
      await pause(5);
    }
  }
}

describe('a shard that is lost', function () {
  this.timeout(120_000 + KILLS * 60_000);

  it('R8 · is a crash of its instances: callers are told, all are back, each once', () =>
    withShards(async (supervisor) => {
      const ids = await started(supervisor, RESIDENTS, COUNTER);
      const tallies = Array.from(
        { length: CALLERS },
        (): Tally => ({ done: 0, unsure: 0, foreign: [] }),
      );
      let isOver = false;
      const callers = tallies.map((tally, at) =>
        callOn(supervisor, ids, `k${at}`, tally, () => isOver),
      );
      for (let kill = 0; kill < KILLS; kill += 1) {
        const killed = await signalFullest(supervisor, 'SIGKILL');
        await untilShards(
          supervisor,
          (shards) => areReady(shards) && shards.every(({ pid }) => pid !== killed),
        );
        for (const id of ids) await until(supervisor, id, ({ status }) => status === 'running');
      }
      isOver = true;
      await Promise.all(callers);
      const { shards, instances } = await supervisor.stats();
      expect(instances.running).to.equal(RESIDENTS);
      expect(shards.reduce((sum, { guests }) => sum + guests, 0)).to.equal(RESIDENTS);
      if (TELLS_CHILDREN) {
        const pids = await childProcesses();
        for (const { pid } of shards) expect(pids).to.include(pid);
      }
      for (const id of ids) expect(await supervisor.listCapabilities(id)).to.have.length(1);
      for (const [at, { done, unsure, foreign }] of tallies.entries()) {
        expect(foreign).to.deep.equal([]);
        const counted = Number(await supervisor.invoke(ids[0] as string, 'bump', [`k${at}`])) - 1;
        expect(counted).to.be.within(done, done + unsure);
      }
    }));

  it('P8 · brings nobody back whose policy does not want it', () =>
    withShards(async (supervisor) => {
      const [mortal = ''] = await started(supervisor, 1, {
        restartPolicy: { policyType: 'never' },
      });
      const running = failureOf(supervisor.invoke(mortal, 'spin', [], { timeoutMs: 60_000 }));
      const waiting = failureOf(supervisor.invoke(mortal, 'add', [1, 2]));
      await pause(50);
      await signalFullest(supervisor, 'SIGKILL');
      const [ran, waited] = await Promise.all([running, waiting]);
      expect([ran.code, ran.details['executed']]).to.deep.equal(['CRASH_DETECTED', 'maybe']);
      expect([waited.code, waited.details['executed']]).to.deep.equal(['CRASH_DETECTED', 'no']);
      const { lastExit } = await until(supervisor, mortal, ({ status }) => status === 'crashed');
      expect(lastExit).to.include({ reason: 'lost' });
    }));

  it('is forked anew however often it dies, and starts wait for it', () =>
    withShards(
      async (supervisor) => {
        for (let kill = 0; kill < 4; kill += 1) {
          await signalFullest(supervisor, 'SIGKILL');
          const [id = ''] = await started(supervisor, 1, {
            restartPolicy: { policyType: 'never' },
          });
          expect(await supervisor.invoke(id, 'add', [1, 2])).to.equal(3);
        }
      },
      { shards: 1 },
    ));

  it('that only stands still gets nobody new, and its calls pass their deadlines', () =>
    withShards(async (supervisor) => {
      const capabilities = [kvGrant(ALL_KV)];
      const [id = '', other = ''] = await started(supervisor, 2, { ...COUNTER, capabilities });
      const pid = await signalFullest(supervisor, 'SIGSTOP');
      try {
        const shards = await untilShards(supervisor, (all) =>
          all.some(({ status }) => status === 'suspect'),
        );
        expect(shards.find(({ status }) => status === 'suspect')?.pid).to.equal(pid);
        const calls = [id, other].map((each) =>
          codeOf(supervisor.invoke(each, 'bump', ['n'], { timeoutMs: 3_000 })).catch(
            () => 'answered',
          ),
        );
        expect((await Promise.all(calls)).toSorted()).to.deep.equal(['TIMEOUT', 'answered']);
        // It lives on elsewhere.
        for (const each of [id, other]) {
          await until(supervisor, each, ({ status }) => status === 'running');
          await supervisor.invoke(each, 'bump', ['n']);
        }
        await started(supervisor, 2);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      const shards = await untilShards(
        supervisor,
        (all) => areReady(all) && all.some(({ guests }) => guests === 0),
      );
      expect(shards.reduce((sum, { guests }) => sum + guests, 0)).to.equal(4);
    }));
});
