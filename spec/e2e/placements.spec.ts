import { expect } from 'chai';
import * as fc from 'fast-check';
import { guestBytes } from '../guests/guest-file.ts';
import { kvGrant, PROPERTY_TIMEOUT_MS, THREAD_RUNS, withSupervisor } from './fixtures.ts';

const counter = guestBytes('counter-c');

/** Where a provider serves, and where its guest runs. */
const CASES = [
  { placement: 'inline', isolation: 'thread' },
  { placement: 'thread', isolation: 'thread' },
  { placement: 'thread', isolation: 'process' },
] as const;

describe('providers and guests, wherever they are', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('P17 · decide and answer alike in the thread of the host, in others and in another process', () =>
    withSupervisor(async (supervisor) => {
      const ids = await Promise.all(
        CASES.map(async ({ placement, isolation }, index) => {
          const providerId = `p${index}`;
          await supervisor.startProvider({ providerType: 'kv', providerId, placement });
          return supervisor.startInstance({ module: counter, isolation });
        }),
      );
      const permission = fc
        .tuple(
          fc.constantFrom('kv:read', 'kv:write', 'kv:delete'),
          fc.constantFrom('', ':a', ':a*', ':b'),
        )
        .map(([action, scope]) => action + scope);
      const key = fc.constantFrom('a', 'ab', 'b');
      const value = fc.uint8Array({ maxLength: 40_000 });
      const call = fc.oneof(
        fc.tuple(fc.constantFrom('read', 'bump', 'remove', 'has'), fc.tuple(key)),
        fc.tuple(fc.constant('write'), fc.tuple(key, value)),
        fc.tuple(fc.constant('keys'), fc.tuple()),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(permission, { maxLength: 5 }),
          fc.array(call, { minLength: 1, maxLength: 5 }),
          async (permissions, calls) => {
            const outcomes = await Promise.all(
              ids.map(async (id, index) => {
                const providerId = `p${index}`;
                await supervisor.assignCapability(id, { ...kvGrant(permissions), providerId });
                const told: unknown[] = [];
                for (const [name, args] of calls) {
                  const answer = supervisor.invoke(id, name, args);
                  told.push(
                    await answer.catch(({ code, details }) => ({ code, told: details.payload })),
                  );
                }
                return told;
              }),
            );
            expect(outcomes[1]).to.deep.equal(outcomes[0]);
            expect(outcomes[2]).to.deep.equal(outcomes[0]);
          },
        ),
        { numRuns: Math.ceil(THREAD_RUNS / 2) },
      );
    }));
});
