import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { explainPolicy } from '../../lib/core/explain-policy.ts';
import { guestBytes } from '../guests/guest-file.ts';
import {
  ALL_KV,
  failureOf,
  kvGrant,
  PROPERTY_TIMEOUT_MS,
  pause,
  withSupervisor,
} from './fixtures.ts';

const counter = guestBytes('counter-c');
const GUESTS = 8;
const CALLS = 100_000;
const FLIPS = 1_000;
const BATCH = 250;
const decoder = new TextDecoder();

/** How often a guest has been served, by what it left in the store. */
async function served(supervisor: Supervisor, observer: string, key: string): Promise<number> {
  const value = (await supervisor.invoke(observer, 'read', [key])) as Uint8Array | undefined;
  return value === undefined ? 0 : Number(decoder.decode(value));
}

/** One call of a guest, and which facts were recorded during it. */
interface CallOutcome {
  readonly isAllowed: boolean;
  readonly sinceSeq: number;
  readonly lastSeq: number;
}

async function lastSeq(supervisor: Supervisor): Promise<number> {
  return (await supervisor.executionEvents({ limit: 1 })).at(-1)?.seq ?? 0;
}

describe('grants that change while guests call', function () {
  this.timeout(PROPERTY_TIMEOUT_MS + 120_000);

  it('W1 · 100,000 calls of 8 guests through 1,000 flips: none served after a revocation, none denied before', () =>
    withSupervisor(async (supervisor) => {
      const capabilities = [kvGrant(ALL_KV)];
      const ids = await Promise.all(
        Array.from({ length: GUESTS }, () =>
          supervisor.startInstance({ module: counter, capabilities }),
        ),
      );
      const observer = await supervisor.startInstance({ module: counter, capabilities });
      /** Whether a guest's grant is being taken away or is away. */
      const isLeaving = ids.map(() => false);
      let begun = 0;
      let wronglyDenied = 0;
      const hammer = async (index: number): Promise<void> => {
        const id = ids[index] as string;
        while (begun < CALLS) {
          begun += BATCH;
          const wasGranted = isLeaving[index] === false;
          const flipsBefore = flipsOf[index];
          try {
            await supervisor.invoke(id, 'bump-many', [`n-${index}`, BATCH]);
          } catch {
            const heldThroughout = wasGranted && flipsOf[index] === flipsBefore;
            if (heldThroughout && isLeaving[index] === false) wronglyDenied += 1;
            await pause(0);
          }
        }
      };
      const flipsOf = ids.map(() => 0);
      let servedLate = 0;
      let flips = 0;
      const flip = async (index: number): Promise<void> => {
        const id = ids[index] as string;
        while (flips < FLIPS) {
          flips += 1;
          isLeaving[index] = true;
          flipsOf[index] = (flipsOf[index] ?? 0) + 1;
          await supervisor.revokeCapability(id, 'kv');
          const atRevocation = await served(supervisor, observer, `n-${index}`);
          await pause(flips % 3);
          servedLate += (await served(supervisor, observer, `n-${index}`)) - atRevocation;
          await supervisor.assignCapability(id, kvGrant(ALL_KV));
          isLeaving[index] = false;
          await pause(flips % 5);
        }
      };
      await Promise.all(ids.flatMap((_, index) => [hammer(index), flip(index)]));
      expect(servedLate, 'served after a resolved revocation').to.equal(0);
      expect(wronglyDenied, 'denied while granted').to.equal(0);
      expect(flips).to.be.at.least(FLIPS);
      const counted = await Promise.all(
        ids.map((_, index) => served(supervisor, observer, `n-${index}`)),
      );
      expect(counted.reduce((sum, each) => sum + each)).to.be.above(0);
    }));

  it('P20 · an update loses and repeats no call, not even of a guest that never leaves its own', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({
        module: counter,
        capabilities: [kvGrant(ALL_KV)],
      });
      const observer = await supervisor.startInstance({
        module: counter,
        capabilities: [kvGrant(['kv:read'])],
      });
      // One call of the guest, within which its provider is replaced again and again.
      const times = 20_000;
      const busy = supervisor.invoke(id, 'bump-many', ['n', times], { timeoutMs: 60_000 });
      let updates = 0;
      const isOver = busy.then(
        () => true,
        () => true,
      );
      while (!(await Promise.race([isOver, pause(20).then(() => false)]))) {
        await supervisor.updateProvider('default-kv', { providerType: 'kv' });
        updates += 1;
      }
      expect(updates).to.be.above(1);
      expect(await busy).to.equal(BigInt(times));
      expect(await served(supervisor, observer, 'n'), 'none lost, none repeated').to.equal(times);
    }));

  it('W7 · the record of calls tells what another set of permissions would have denied', () =>
    withSupervisor(
      async (supervisor) => {
        const scope = fc.constantFrom('', ':a', ':a*', ':b');
        const permission = fc
          .tuple(fc.constantFrom('kv:read', 'kv:write', 'kv:delete'), scope)
          .map(([action, pattern]) => action + pattern);
        const calling = fc.tuple(
          fc.constantFrom('read', 'bump', 'remove', 'has'),
          fc.constantFrom('a', 'ab', 'b'),
        );
        const id = await supervisor.startInstance({ module: counter });
        await fc.assert(
          fc.asyncProperty(
            fc.uniqueArray(permission, { maxLength: 4 }),
            fc.array(calling, { minLength: 1, maxLength: 6 }),
            async (permissions, calls) => {
              const make = async (): Promise<readonly CallOutcome[]> => {
                const outcomes: CallOutcome[] = [];
                for (const [name, key] of calls) {
                  const sinceSeq = await lastSeq(supervisor);
                  const made = supervisor.invoke(id, name, [key]);
                  const isAllowed = await made.then(
                    () => true,
                    () => false,
                  );
                  outcomes.push({ isAllowed, sinceSeq, lastSeq: await lastSeq(supervisor) });
                }
                return outcomes;
              };
              await supervisor.assignCapability(id, kvGrant(ALL_KV));
              for (const key of ['a', 'ab', 'b']) await supervisor.invoke(id, 'remove', [key]);
              const before = await make();
              expect(before.map(({ isAllowed }) => isAllowed)).to.not.include(false);
              const { wouldDeny } = explainPolicy(await supervisor.executionEvents(), permissions);
              // One call of the guest makes several of the provider, and fails with the first.
              const predicted = before.map(
                (call) => !wouldDeny.some(({ seq }) => seq > call.sinceSeq && seq <= call.lastSeq),
              );
              await supervisor.assignCapability(id, kvGrant(permissions));
              const after = await make();
              expect(after.map(({ isAllowed }) => isAllowed)).to.deep.equal(predicted);
            },
          ),
          { numRuns: 25 },
        );
      },
      { recordCapabilityCalls: true },
    ));

  it('P13 · a denial is recorded before what the guest does next', () =>
    withSupervisor(async (supervisor) => {
      const id = await supervisor.startInstance({
        module: counter,
        restartPolicy: { policyType: 'never' },
        capabilities: [kvGrant(['kv:read'])],
      });
      const { code } = await failureOf(supervisor.invoke(id, 'bump', ['n']));
      expect(code).to.equal('WASM_RUNTIME_ERROR');
      await failureOf(supervisor.invoke(id, 'boom'));
      const facts = await supervisor.executionEvents({ instanceId: id });
      expect(facts.map(({ type }) => type)).to.deep.equal([
        'capability_assigned',
        'instance_started',
        'capability_denied',
        'instance_crashed',
        'instance_failed',
      ]);
    }));
});
