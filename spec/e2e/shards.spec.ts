import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { guestBytes } from '../guests/guest-file.ts';
import { skipLoudly } from '../skip-loudly.ts';
import { childProcesses, TELLS_CHILDREN } from './child-processes.ts';
import { codeOf, failureOf, pause, until, withSupervisor } from './fixtures.ts';
import {
  COUNTER,
  GUESTS,
  isRunning,
  started,
  untilShards,
  withShards,
  withTemporaryFolder,
} from './shard-fixtures.ts';

describe('residents in shards', function () {
  this.timeout(120_000);

  it('answer as they do in the process of the host, whatever their ABI', () =>
    withShards(async (supervisor) => {
      const residents = await Promise.all(
        Array.from({ length: 8 }).flatMap(() =>
          GUESTS.map(async ({ name, ...call }) => ({
            ...call,
            id: await supervisor.startInstance({
              module: guestBytes(name),
              ...(name.startsWith('counter') ? { capabilities: COUNTER.capabilities } : {}),
            }),
          })),
        ),
      );
      for (const { id, exportName, args, answer } of residents) {
        expect(await supervisor.invoke(id, exportName, args)).to.deep.equal(answer);
      }
      const { shards, threads, instances } = await supervisor.stats();
      expect(instances.running).to.equal(40);
      expect(threads.total).to.equal(0);
      expect(shards.map(({ guests }) => guests)).to.deep.equal([20, 20]);
      await Promise.all(residents.map(({ id }) => supervisor.stopInstance(id)));
      const left = await untilShards(supervisor, (each) =>
        each.every(({ guests }) => guests === 0),
      );
      expect(left.map(({ status }) => status)).to.deep.equal(['ready', 'ready']);
    }));

  it('count in one store, and lose their grants as anybody does', () =>
    withShards(async (supervisor) => {
      const ids = await started(supervisor, 4, COUNTER);
      await Promise.all(ids.map((id) => supervisor.invoke(id, 'bump-many', ['n', 100])));
      const [one = '', other = ''] = ids;
      expect(await supervisor.invoke(one, 'bump', ['n'])).to.equal(401n);
      await supervisor.revokeCapability(one, 'kv');
      const { details } = await failureOf(supervisor.invoke(one, 'bump', ['n']));
      expect(details['payload']).to.equal('access-denied');
      expect(await supervisor.invoke(other, 'bump', ['n'])).to.equal(402n);
    }));

  it('trap, are killed at their deadline, restarted on request, and nobody else notices', () =>
    withShards(async (supervisor) => {
      const [victim = '', ...others] = await started(supervisor, 6);
      expect(await codeOf(supervisor.invoke(victim, 'boom'))).to.equal('WASM_RUNTIME_ERROR');
      await until(supervisor, victim, ({ status }) => status === 'running');
      const late = await failureOf(supervisor.invoke(victim, 'spin', [], { timeoutMs: 50 }));
      expect(late.code).to.equal('TIMEOUT');
      expect(late.details).to.include({ phase: 'running', executed: 'maybe' });
      await until(supervisor, victim, ({ status }) => status === 'running');
      await supervisor.restartInstance(victim);
      expect((await supervisor.queryInstance(victim)).restarts).to.equal(3);
      for (const id of others) expect(await supervisor.invoke(id, 'next')).to.equal(1);
    }));

  it('W2 · are ended although their neighbours keep the processors busy', () =>
    withShards(
      async (supervisor) => {
        const ids = await started(supervisor, 6, { restartPolicy: { policyType: 'never' } });
        const [victim = '', ...neighbours] = ids;
        const busy = neighbours.map((id) =>
          codeOf(supervisor.invoke(id, 'spin', [], { timeoutMs: 20_000 })),
        );
        expect(await codeOf(supervisor.invoke(victim, 'spin', [], { timeoutMs: 100 }))).to.equal(
          'TIMEOUT',
        );
        // Its own shard has confirmed that the thread is gone.
        await supervisor.stopInstance(victim);
        const { shards } = await supervisor.stats();
        expect(shards[0]?.guests).to.equal(5);
        await Promise.all(neighbours.map((id) => supervisor.stopInstance(id, { graceMs: 0 })));
        expect(await Promise.all(busy)).to.deep.equal(neighbours.map(() => 'CRASH_DETECTED'));
      },
      { shards: 1 },
    ));

  it('W2 · yield the processors to their host, and to the thread that is to end them', function () {
    if (process.platform !== 'linux') skipLoudly(this, 'a thread has no priority of its own there');
    return withShards(
      async (supervisor) => {
        await started(supervisor, 3);
        const [{ pid = 0 } = {}] = await untilShards(
          supervisor,
          (shards) => shards[0]?.threads === 3,
        );
        const threads = readdirSync(`/proc/${pid}/task`).map(Number);
        expect(getPriority(pid)).to.equal(getPriority());
        const yielding = threads.filter((thread) => getPriority(thread) === getPriority() + 10);
        expect(yielding).to.have.length(3);
      },
      { shards: 1, warmSpares: 0 },
    );
  });

  it('W2 · yield the processors to a host that itself yields them to others', async function () {
    if (process.platform !== 'linux') skipLoudly(this, 'a thread has no priority of its own there');
    const script = fileURLToPath(new URL('./yielding-host.js', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script]);
    expect(stdout).to.equal('host 12, shard 12, its guest 19, a process 19\n');
  });

  it('run commands, whose output is kept', () =>
    withShards(async (supervisor) => {
      const id = await supervisor.startInstance({ module: guestBytes('hello-c') });
      const { output } = await until(supervisor, id, ({ status }) => status === 'stopped');
      expect(output?.stdout).to.contain('arg: guest');
    }));

  it('W3 · are refused when no shard has room, with the numbers, and let in after a stop', () =>
    withShards(
      async (supervisor) => {
        const [first = ''] = await started(supervisor, 4);
        const { code, details } = await failureOf(
          supervisor.startInstance({ module: guestBytes('core') }),
        );
        expect(code).to.equal('RESOURCE_EXHAUSTED');
        expect(details).to.include({ resource: 'shards', limit: 4, used: 4, executed: 'no' });
        await supervisor.stopInstance(first);
        await supervisor.startInstance({ module: guestBytes('core') });
      },
      { maxThreads: 2, warmSpares: 0 },
    ));

  it('W3 · are refused by the shards themselves when their processes have no room', () =>
    withShards(
      async (supervisor) => {
        const refusal = await failureOf(
          (async () => {
            for (;;) await started(supervisor, 1);
          })(),
        );
        expect(refusal.code).to.equal('RESOURCE_EXHAUSTED');
        expect(refusal.details).to.include({ resource: 'descriptors', limit: 100 });
        const { shards } = await supervisor.stats();
        // Who is refused by one has tried the other, too.
        for (const { guests } of shards) expect(guests).to.be.at.least(5);
      },
      { capacity: { maxDescriptors: 100 }, warmSpares: 0 },
    ));

  it('live in the process of the host as long as it has room, with "auto"', () =>
    withSupervisor(
      async (supervisor) => {
        await started(supervisor, 2);
        expect((await supervisor.stats()).shards).to.deep.equal([]);
        const more = await started(supervisor, 5);
        const { shards, threads } = await supervisor.stats();
        expect(threads.total).to.equal(2);
        expect(shards.map(({ guests }) => guests)).to.deep.equal([3, 2]);
        for (const id of more) expect(await supervisor.invoke(id, 'add', [1, 2])).to.equal(3);
      },
      { shards: 'auto', maxThreads: 3, warmSpares: 0 },
    ));

  it('P7 · have their code from a private folder, which goes with the supervisor', () =>
    withTemporaryFolder(async (folder) => {
      await withShards(async (supervisor) => {
        await started(supervisor, 4);
        const [own = '', ...others] = readdirSync(folder);
        expect(others).to.deep.equal([]);
        expect(statSync(join(folder, own)).mode & 0o777).to.equal(0o700);
        // Once for all of them.
        expect(readdirSync(join(folder, own))).to.have.length(1);
      });
      expect(readdirSync(folder)).to.deep.equal([]);
    }));

  it('W5 · leave no process behind when the supervisor is destroyed at any moment', async () => {
    const before = TELLS_CHILDREN ? await childProcesses() : [];
    for (const waitMs of [0, 20, 200]) {
      await withShards(async (supervisor) => {
        for (const start of Array.from({ length: 10 }, () => started(supervisor, 1))) {
          start.catch(() => undefined);
        }
        await pause(waitMs);
      });
      if (TELLS_CHILDREN) expect(await childProcesses()).to.deep.equal(before);
    }
  });

  it('W5 · end with a host that is killed, although they loop', () =>
    withTemporaryFolder(async () => {
      const script = fileURLToPath(new URL('./doomed-host.js', import.meta.url));
      const host = spawn(process.execPath, [script, '2'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [chunk] = (await once(host.stdout, 'data')) as [Buffer];
      expect(String(chunk)).to.equal('42\n');
      const orphans = await childProcesses(host.pid);
      expect(orphans).to.have.length(2);
      host.kill('SIGKILL');
      await once(host, 'exit');
      while (orphans.some(isRunning)) await pause(10);
    }));
});
