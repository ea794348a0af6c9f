import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { InstanceSpec } from '../../lib/core/instance-spec.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { failureOf } from './fixtures.ts';
import { COUNTER, started, untilShards, withShards } from './shard-fixtures.ts';

const MIB = 1_048_576;

/** Residents in each of two shards, the first of which does not run until `resume` is called. */
async function stoppedAndOthers(
  supervisor: Supervisor,
  count: number,
  spec: Partial<InstanceSpec>,
): Promise<{ stopped: string[]; others: string[]; resume: () => void }> {
  const [stopped, others]: [string[], string[]] = [[], []];
  await untilShards(supervisor, (shards) => shards.every(({ status }) => status === 'ready'));
  for (let each = 0; each < 2 * count; each += 1) {
    const before = (await supervisor.stats()).shards[0]?.guests;
    const [id = ''] = await started(supervisor, 1, spec);
    const after = (await supervisor.stats()).shards[0]?.guests;
    (after === before ? others : stopped).push(id);
  }
  const pid = (await supervisor.stats()).shards[0]?.pid as number;
  process.kill(pid, 'SIGSTOP');
  return { stopped, others, resume: () => void process.kill(pid, 'SIGCONT') };
}

describe('a shard that takes no messages', function () {
  this.timeout(60_000);

  it('W4 · has no more than 64 MiB of arguments wait for it, and nobody else notices', () =>
    withShards(async (supervisor) => {
      const module = guestBytes('extism-plugin');
      const limits = { payloadBytes: 16 * MIB, memoryBytes: 256 * MIB };
      const { stopped, others, resume } = await stoppedAndOthers(supervisor, 5, { module, limits });
      try {
        const bytes = new Uint8Array(16 * MIB).fill(7);
        const [last = '', ...first] = stopped;
        const waiting = first.map(async (id) => {
          const echo = await supervisor.invoke(id, 'echo', [bytes], { timeoutMs: 30_000 });
          return Buffer.compare(echo as Uint8Array, bytes);
        });
        const { code, details } = await failureOf(supervisor.invoke(last, 'echo', ['more']));
        expect(code).to.equal('RESOURCE_EXHAUSTED');
        expect(details).to.include({
          resource: 'shard-message-bytes',
          limit: 64 * MIB,
          executed: 'no',
        });
        expect(details['used']).to.be.within(64 * MIB, 65 * MIB);
        for (const id of others) {
          expect(await supervisor.invoke(id, 'echo', ['aside'])).to.have.length(5);
        }
        resume();
        expect(await Promise.all(waiting)).to.deep.equal([0, 0, 0, 0]);
        for (const id of [...stopped, ...others]) {
          expect(await supervisor.invoke(id, 'echo', ['again'])).to.have.length(5);
          expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
        }
      } finally {
        resume();
      }
    }));

  it('W4 · has no call wait for it behind 4,096 messages, and nobody else notices', () =>
    withShards(async (supervisor) => {
      const { stopped, others, resume } = await stoppedAndOthers(supervisor, 1, COUNTER);
      const [[id = ''], [other = '']] = [stopped, others];
      try {
        // Each asks the shard how it is; what fits into the pipe makes room for some more.
        for (let round = 0; round < 2; round += 1) {
          await Promise.all(Array.from({ length: 5_000 }, () => supervisor.stats()));
        }
        const { code, details } = await failureOf(supervisor.invoke(id, 'bump', ['n']));
        expect(code).to.equal('RESOURCE_EXHAUSTED');
        expect(details).to.include({ resource: 'shard-messages', limit: 4_096, executed: 'no' });
        expect(await supervisor.invoke(other, 'bump', ['n'])).to.equal(1n);
        resume();
        await untilShards(supervisor, (shards) => shards[0]?.status === 'ready');
        expect(await supervisor.invoke(id, 'bump', ['n'])).to.equal(2n);
      } finally {
        resume();
      }
    }));
});
