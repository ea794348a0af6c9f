import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { HEAP_BOMB, TOO_MANY } from '../guests/heap-bomb.ts';
import { childProcesses, TELLS_CHILDREN } from './child-processes.ts';
import {
  ALL_KV,
  AT_ONCE,
  codeOf,
  kvGrant,
  PROPERTY_TIMEOUT_MS,
  pause,
  until,
  withSupervisor,
} from './fixtures.ts';

const isolation = 'process';
const MIB = 1024 * 1024;
/** Each takes the engine a second to come to. */
const ABORTS = process.env['FC_RUNS'] === undefined ? 20 : 100;

/** Two guests that must notice nothing: one in a thread, one in another process. */
async function neighbours(supervisor: Supervisor): Promise<() => Promise<void>> {
  const capabilities = [kvGrant(ALL_KV)];
  const module = guestBytes('counter-c');
  const ids = await Promise.all([
    supervisor.startInstance({ module, capabilities }),
    supervisor.startInstance({ module, capabilities, isolation }),
  ]);
  let count = 0n;
  return async () => {
    for (const id of ids) {
      count += 1n;
      expect(await supervisor.invoke(id, 'bump', ['n'])).to.equal(count);
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
    }
  };
}

describe('an engine that aborts', function () {
  this.timeout(PROPERTY_TIMEOUT_MS * 3);

  before(function () {
    if (TELLS_CHILDREN) return;
    console.error('SKIPPED: only Linux tells which child processes there are');
    this.skip();
  });

  it('W2 · takes nobody with it, however often: the host stays whole and its memory flat', () =>
    withSupervisor(async (supervisor) => {
      const ask = await neighbours(supervisor);
      const id = await supervisor.startInstance({
        module: HEAP_BOMB,
        isolation,
        restartPolicy: AT_ONCE,
      });
      const pids = await childProcesses();
      expect(pids).to.have.length(2);
      let residentAfterTen = 0;
      for (let abort = 1; abort <= ABORTS; abort += 1) {
        expect(await codeOf(supervisor.invoke(id, 'bomb', [TOO_MANY]))).to.equal('CRASH_DETECTED');
        await ask();
        const { lastExit, restarts } = await until(
          supervisor,
          id,
          ({ status }) => status === 'running',
        );
        expect(restarts).to.equal(abort);
        expect(lastExit?.reason).to.equal('out-of-memory');
        expect(lastExit?.message).to.match(/ended by SIG(ABRT|TRAP|ILL)/);
        expect(await supervisor.invoke(id, 'ping')).to.equal(7);
        if (abort === 10) residentAfterTen = process.memoryUsage.rss();
      }
      expect(process.memoryUsage.rss() - residentAfterTen).to.be.below(64 * MIB);
      expect(await childProcesses()).to.have.length(2);
      const { processes, instances } = await supervisor.stats();
      expect({ processes, running: instances.running }).to.deep.equal({ processes: 2, running: 3 });
      const crashes = await supervisor.executionEvents({
        instanceId: id,
        types: ['instance_crashed'],
      });
      expect(crashes).to.have.length(ABORTS);
    }));

  it('takes those with it that share its process, and nobody else', () =>
    withSupervisor(
      async (supervisor) => {
        const spec = { module: HEAP_BOMB, isolation, restartPolicy: AT_ONCE } as const;
        const ids: string[] = [];
        for (let index = 0; index < 4; index += 1) ids.push(await supervisor.startInstance(spec));
        expect((await supervisor.stats()).processes).to.equal(2);
        const [first, second, third, other] = ids as [string, string, string, string];
        const pending = codeOf(supervisor.invoke(second, 'bomb', [TOO_MANY]));
        expect(await pending).to.equal('CRASH_DETECTED');
        for (const id of [first, second, third]) {
          await until(
            supervisor,
            id,
            ({ status, restarts }) => status === 'running' && restarts === 1,
          );
          expect(await supervisor.invoke(id, 'ping')).to.equal(7);
        }
        expect((await supervisor.queryInstance(other)).restarts).to.equal(0);
        await supervisor.stopInstance(first);
        expect(await supervisor.invoke(second, 'ping')).to.equal(7);
      },
      { guestsPerProcess: 3 },
    ));

  it('P8 · is a crash that the restart policy judges, as is a process that somebody kills', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({
        module: guestBytes('core'),
        isolation,
        restartPolicy: { ...AT_ONCE, maxRetries: 1 },
      });
      const spinning = codeOf(supervisor.invoke(id, 'spin'));
      for (const pid of await childProcesses()) process.kill(pid, 'SIGKILL');
      expect(await spinning).to.equal('CRASH_DETECTED');
      const again = await until(supervisor, id, ({ status }) => status === 'running');
      expect(again.lastExit).to.include({
        reason: 'lost',
        message: "the guest's process has ended by SIGKILL",
      });
      for (const pid of await childProcesses()) process.kill(pid, 'SIGKILL');
      await until(supervisor, id, ({ status }) => status === 'crashed');
      const failed = await supervisor.executionEvents({
        instanceId: id,
        types: ['instance_failed'],
      });
      expect(failed).to.have.length(1);
    }));

  it('has had nothing of the host: no environment, no files, no processes', () =>
    withSupervisor(async (supervisor) => {
      await supervisor.startInstance({ module: guestBytes('core'), isolation });
      const [pid] = await childProcesses();
      expect(await readFile(`/proc/${pid}/environ`, 'latin1')).to.not.contain('PATH=');
      const flags = (await readFile(`/proc/${pid}/cmdline`, 'latin1')).split('\0');
      expect(flags).to.include('--permission');
      expect(flags.filter((flag) => flag.startsWith('--allow'))).to.have.length(2);
    }));

  it('W5 · ends with its host, even one that is killed, although its guest loops', async () => {
    const script = fileURLToPath(new URL('./doomed-host.js', import.meta.url));
    const host = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [chunk] = (await once(host.stdout, 'data')) as [Buffer];
    expect(String(chunk)).to.equal('42\n');
    const orphans = await childProcesses(host.pid);
    expect(orphans).to.have.length(1);
    host.kill('SIGKILL');
    await once(host, 'exit');
    // The spec's own timeout is the deadline.
    while (orphans.some(isRunning)) await pause(10);
  });
});

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}
