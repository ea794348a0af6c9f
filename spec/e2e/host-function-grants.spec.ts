import { expect } from 'chai';
import * as fc from 'fast-check';
import { PROPERTY_TIMEOUT_MS, THREAD_RUNS, withSupervisor } from './fixtures.ts';
import greeting from './greeting-provider.ts';
import {
  ALL,
  called,
  caller,
  grant,
  metadataOf,
  reasonOf,
  startGreeting,
} from './host-function-fixtures.ts';

/** What a call comes to, as text. */
async function answerOrReason(call: Promise<unknown>): Promise<string> {
  try {
    return Buffer.from((await call) as Uint8Array).toString();
  } catch (error) {
    return String((error as { details: { payload: unknown } }).details.payload);
  }
}

describe('grants of host functions that change while a plug-in calls', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('W1 · are not served any more once their grant is revoked, however many were on their way', () =>
    withSupervisor(async (supervisor) => {
      await startGreeting(supervisor, 'thread');
      const id = await supervisor.startInstance({ module: caller, capabilities: [grant()] });
      await fc.assert(
        fc.asyncProperty(fc.nat(5), async (delayMs) => {
          const busy = answerOrReason(supervisor.invoke(id, 'greet_often', [Uint8Array.of(255)]));
          await new Promise((resolve) => setTimeout(resolve, delayMs));
          await supervisor.revokeCapability(id, 'greeting');
          const { served } = await metadataOf(supervisor);
          expect(await busy).to.match(/^(Hello, again!|greet: PERMISSION_DENIED: .*)$/);
          expect(await reasonOf(supervisor.invoke(id, 'greet', ['Ada']))).to.match(
            /^greet: PERMISSION_DENIED/,
          );
          expect((await metadataOf(supervisor)).served).to.equal(served);
          await supervisor.assignCapability(id, grant());
          expect(await called(supervisor, id, 'greet', 'Ada')).to.equal('Hello, Ada!');
        }),
        { numRuns: Math.ceil(THREAD_RUNS / 4) },
      );
      expect((await supervisor.queryInstance(id)).restarts).to.equal(0);
    }));

  it('P4 · are asked of whoever maps them, of several providers of whatever type', () =>
    withSupervisor(async (supervisor) => {
      await startGreeting(supervisor, 'inline');
      await supervisor.startProvider({ definition: greeting, providerId: 'second' });
      const id = await supervisor.startInstance({
        module: caller,
        capabilities: [grant(ALL, { providerId: 'greeter' })],
      });
      const permission = fc.constantFrom('greeting:say', 'greeting:say:Ada', 'greeting:note');
      const part = fc.record({
        permissions: fc.uniqueArray(permission, { maxLength: 2 }),
        isMapped: fc.boolean(),
      });
      const provider = fc.constantFrom('greeter', 'second');
      await fc.assert(
        fc.asyncProperty(part, part, provider, async (first, second, providerOfSecond) => {
          for (const [capabilityId, providerId, { permissions, isMapped }] of [
            ['greeting', 'greeter', first],
            ['second', providerOfSecond, second],
          ] as const) {
            const hostFunctions = isMapped ? { greet: 'greet' } : {};
            await supervisor.assignCapability(
              id,
              grant(hostFunctions, { capabilityId, providerId, permissions }),
            );
          }
          const isAllowed = [first, second].some(
            ({ permissions, isMapped }) =>
              isMapped && permissions.some((each) => each.startsWith('greeting:say')),
          );
          if (isAllowed) {
            expect(await called(supervisor, id, 'greet', 'Ada')).to.equal('Hello, Ada!');
          } else {
            expect(await reasonOf(supervisor.invoke(id, 'greet', ['Ada']))).to.equal(
              'greet: PERMISSION_DENIED: no grant covers the operation',
            );
          }
        }),
        { numRuns: THREAD_RUNS },
      );
    }));
});
