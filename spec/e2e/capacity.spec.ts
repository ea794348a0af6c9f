import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Supervisor, SupervisorStats } from '../../lib/actors/supervisor.ts';
import type { CapacityOptions } from '../../lib/core/capacity-options.ts';
import type { WasmatrixError } from '../../lib/core/errors.ts';
import { guestBytes, wat } from '../guests/guest-file.ts';
import { skipLoudly } from '../skip-loudly.ts';
import { AT_ONCE, codeOf, failureOf, pause, until, withSupervisor } from './fixtures.ts';

const ONLY_LINUX = 'only Linux tells of mappings and descriptors';
const MIB = 1024 * 1024;
const core = guestBytes('core');

/** What this process uses by itself, for limits that are a little above. */
async function usage(): Promise<SupervisorStats> {
  return await withSupervisor((supervisor) => supervisor.stats(), { warmSpares: 0 });
}

/** Starts instances one after the other until one is refused. */
async function fill(supervisor: Supervisor, ids: string[]): Promise<WasmatrixError> {
  for (;;) {
    const start = supervisor.startInstance({ module: core });
    const error = await start.then(
      (id) => void ids.push(id),
      () => failureOf(start),
    );
    if (error !== undefined) return error;
    expect(ids).to.have.length.below(200);
  }
}

async function expectAnswers(supervisor: Supervisor, ids: readonly string[]): Promise<void> {
  for (const [index, id] of ids.entries()) {
    expect(await supervisor.invoke(id, 'add', [index, 1])).to.equal(index + 1);
  }
}

/** Limits by the resource that is short, a little above what is used. */
const LIMITS: readonly [resource: string, limits: (now: SupervisorStats) => CapacityOptions][] = [
  ['mappings', ({ mappings = 0 }) => ({ maxMappings: mappings + 450 })],
  ['descriptors', ({ capacity }) => ({ maxDescriptors: (capacity.descriptors?.used ?? 0) + 60 })],
  ['resident-memory', ({ memory }) => ({ maxResidentBytes: memory.rssBytes + 120 * MIB })],
  ['guest-memory', () => ({ maxGuestBytes: 10 * 64 * MIB + 1 })],
];

describe('the room of a process', function () {
  this.timeout(60_000);

  for (const [resource, limits] of LIMITS) {
    it(`W3 · a start beyond it is refused with the numbers, and everything else goes on: ${resource}`, async function () {
      const now = await usage();
      if (now.mappings === undefined && resource !== 'guest-memory') skipLoudly(this, ONLY_LINUX);
      const capacity = limits(now);
      await withSupervisor(
        async (supervisor) => {
          const ids: string[] = [];
          const error = await fill(supervisor, ids);
          expect(error.code).to.equal('RESOURCE_EXHAUSTED');
          const { used, limit, needed, raise } = error.details as Record<string, number>;
          expect(error.details['resource']).to.equal(resource);
          expect(limit).to.equal(Object.values(capacity)[0]);
          expect(used! + needed!).to.be.above(limit!);
          expect(used).to.be.at.most(limit! * 1.1);
          expect(String(raise)).to.include(`capacity.${Object.keys(capacity)[0]}`);
          const [fact] = await supervisor.executionEvents({ types: ['admission_refused'] });
          expect(fact?.details).to.deep.include({ ...error.details, error_code: error.code });

          expect(ids).to.have.length.above(2);
          await expectAnswers(supervisor, ids);
          const half = ids.splice(0, Math.ceil(ids.length / 2));
          await Promise.all(half.map((id) => supervisor.stopInstance(id)));
          const before = ids.length;
          expect((await fill(supervisor, ids)).code).to.equal('RESOURCE_EXHAUSTED');
          expect(ids.length).to.be.above(before);
          await expectAnswers(supervisor, ids);
          expect((await supervisor.stats()).instances.running).to.equal(ids.length);
        },
        { capacity, warmSpares: 0 },
      );
    });
  }

  it('W3 · of a flood of 5,000 starts those that have no thread are refused before anything is made', () =>
    withSupervisor(
      async (supervisor) => {
        const starts = Array.from({ length: 5_000 }, () =>
          supervisor.startInstance({ module: core }),
        );
        // Refused before the module of the others is even compiled.
        const codes = await Promise.all(starts.slice(20).map((start) => codeOf(start)));
        expect(new Set(codes)).to.deep.equal(new Set(['RESOURCE_EXHAUSTED']));
        expect((await supervisor.listInstances({ status: 'running' })).length).to.be.below(20);
        const ids = await Promise.all(starts.slice(0, 20));
        await expectAnswers(supervisor, ids);
        const { threads, instances, capacity } = await supervisor.stats();
        expect(threads.total).to.equal(20);
        expect(instances.running).to.equal(20);
        expect(capacity.threads).to.deep.equal({ used: 20, limit: 20 });
        await Promise.all(ids.map((id) => supervisor.stopInstance(id)));
        const after = await supervisor.stats();
        expect(after.capacity.threads.used).to.equal(0);
        expect(after.threads.waiting).to.equal(0);
        expect(await supervisor.executionEvents({ types: ['admission_refused'] })).to.have.length(
          4_980,
        );
        expect((await supervisor.startInstance({ module: core })).length).to.be.above(0);
      },
      { maxThreads: 20 },
    ));

  it('W3 · a start that fails gives its place and its promise back', () =>
    withSupervisor(
      async (supervisor) => {
        const trap = wat('(module (func $f unreachable) (start $f))');
        for (let index = 0; index < 3; index++) {
          expect(await codeOf(supervisor.startInstance({ module: trap }))).to.equal(
            'WASM_RUNTIME_ERROR',
          );
          expect(await codeOf(supervisor.startInstance({ module: Uint8Array.of(1) }))).to.equal(
            'INVALID_REQUEST',
          );
        }
        const { capacity } = await supervisor.stats();
        expect(capacity.threads).to.deep.equal({ used: 0, limit: 1 });
        expect(capacity.guestBytes).to.deep.equal({ used: 0, limit: 64 * MIB });
        const id = await supervisor.startInstance({ module: core });
        await expectAnswers(supervisor, [id]);
        expect((await supervisor.stats()).capacity.guestBytes?.used).to.equal(64 * MIB);
      },
      { maxThreads: 1, capacity: { maxGuestBytes: 64 * MIB }, warmSpares: 0 },
    ));

  it('W3 · an instance that crashes at the limit comes back by its first try: its own dying thread is waited for', () =>
    withSupervisor(
      async (supervisor) => {
        const id = await supervisor.startInstance({ module: core, restartPolicy: AT_ONCE });
        for (let life = 1; life <= 3; life++) {
          expect(await codeOf(supervisor.invoke(id, 'boom'))).to.equal('WASM_RUNTIME_ERROR');
          await until(
            supervisor,
            id,
            (info) => info.status === 'running' && info.restarts === life,
          );
        }
        expect((await supervisor.stats()).capacity.threads.used).to.equal(1);
      },
      { maxThreads: 1, warmSpares: 0 },
    ));

  it('W3 · a restart that finds no room is a crash that says so, and the policy tries again', () =>
    withSupervisor(
      async (supervisor) => {
        const backoff = { initialMs: 1_500, factor: 1, jitter: 0 };
        const restartPolicy = { policyType: 'on-failure', maxRetries: 100, backoff } as const;
        const id = await supervisor.startInstance({ module: core, restartPolicy });
        expect(await codeOf(supervisor.invoke(id, 'boom'))).to.equal('WASM_RUNTIME_ERROR');
        await until(supervisor, id, ({ status }) => status === 'crashed');
        // Its thread may take a moment to end.
        while ((await supervisor.stats()).capacity.threads.used > 0) await pause(5);
        const other = await supervisor.startInstance({ module: core });
        const refused = await until(supervisor, id, ({ lastExit }) => lastExit?.reason === 'lost');
        expect(refused.lastExit?.message).to.match(
          /no room .* threads 1 and 1 more, the limit is 1/,
        );
        await supervisor.stopInstance(other);
        await until(supervisor, id, ({ status }) => status === 'running');
        await expectAnswers(supervisor, [id]);
      },
      { maxThreads: 1, warmSpares: 0 },
    ));

  it('W3 · a provider that has no room for its thread is refused, and served inline it has', async function () {
    const { capacity: now } = await usage();
    if (now.descriptors === undefined) return skipLoudly(this, ONLY_LINUX);
    // There is room for the provider that is there from the start, and for no other.
    const capacity = { maxDescriptors: now.descriptors.used + 9 };
    await withSupervisor(
      async (supervisor) => {
        await fill(supervisor, []);
        const error = await failureOf(
          supervisor.startProvider({ providerType: 'kv', providerId: 'second' }),
        );
        expect(error.code).to.equal('RESOURCE_EXHAUSTED');
        expect(error.details).to.include({
          resource: 'descriptors',
          limit: capacity.maxDescriptors,
        });
        expect((await supervisor.listProviders()).length).to.equal(1);
        await supervisor.startProvider({ providerType: 'kv', placement: 'inline' });
      },
      { capacity, warmSpares: 0 },
    );
  });

  it('W3 · spares are made only while there is plenty of room, and give theirs up', async function () {
    const { mappings } = await usage();
    if (mappings === undefined) return skipLoudly(this, ONLY_LINUX);
    await withSupervisor(
      async (supervisor) => {
        await fill(supervisor, []);
        const { threads, instances } = await supervisor.stats();
        expect(threads.total - threads.spares).to.equal(instances.running);
        expect(threads.total).to.be.below(instances.running + 8);
      },
      { capacity: { maxMappings: mappings + 450 }, warmSpares: 8 },
    );
  });

  it('P19 · caps every memory of the process where that is wanted, as a backstop', async () => {
    const script = fileURLToPath(new URL('./capped-host.js', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 30_000 });
    expect(stdout).to.equal('16 started\n17 WASM_RUNTIME_ERROR\n');
  });
});
