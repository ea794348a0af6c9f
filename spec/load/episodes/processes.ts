import { expect } from 'chai';
import { AT_ONCE, codeOf, until } from '../../e2e/fixtures.ts';
import { guestBytes } from '../../guests/guest-file.ts';
import { HEAP_BOMB, TOO_MANY } from '../../guests/heap-bomb.ts';
import { type Episode, inMemory } from './episode.ts';

const isolation = 'process';
const counter = guestBytes('counter-c');

/** Guests in processes of their own. */
export const PROCESSES: readonly Episode[] = [
  {
    name: 'process comes and goes',
    async play({ supervisor }) {
      const capabilities = [inMemory('processes')];
      const id = await supervisor.startInstance({ module: counter, isolation, capabilities });
      const begun = (await supervisor.invoke(id, 'bump', ['n'])) as bigint;
      const counted = (await supervisor.invoke(id, 'bump-many', ['n', 20])) as bigint;
      // Others count, too.
      expect(counted >= begun + 20n, `${counted} after ${begun}`).to.equal(true);
      expect(await codeOf(supervisor.invoke(id, 'boom'))).to.equal('WASM_RUNTIME_ERROR');
      await supervisor.stopInstance(id);
    },
  },
  {
    name: 'process killed at a deadline',
    async play({ supervisor }) {
      const restartPolicy = AT_ONCE;
      const id = await supervisor.startInstance({ module: counter, isolation, restartPolicy });
      expect(await codeOf(supervisor.invoke(id, 'spin', [], { timeoutMs: 20 }))).to.equal(
        'TIMEOUT',
      );
      await until(supervisor, id, ({ status }) => status === 'running');
      expect(await supervisor.invoke(id, 'add', [1, 2])).to.equal(3);
      await supervisor.stopInstance(id, { graceMs: 0 });
    },
  },
  {
    name: 'process aborted',
    async play({ supervisor }) {
      const id = await supervisor.startInstance({
        module: HEAP_BOMB,
        isolation,
        restartPolicy: { policyType: 'never' },
        limits: { callTimeoutMs: 60_000 },
      });
      expect(await supervisor.invoke(id, 'ping')).to.equal(7);
      expect(await codeOf(supervisor.invoke(id, 'bomb', [TOO_MANY]))).to.equal('CRASH_DETECTED');
      const { status, lastExit } = await supervisor.queryInstance(id);
      expect({ status, reason: lastExit?.reason }).to.deep.equal({
        status: 'crashed',
        reason: 'out-of-memory',
      });
    },
  },
];
