import { expect } from 'chai';
import * as fc from 'fast-check';
import { patternCovers, topicMatches } from '../../lib/core/topic-pattern.ts';
import { messagingProvider } from '../../providers/messaging/index.ts';
import { ENVIRONMENT } from '../contract/call-context.ts';
import { RUNS } from '../core/property-runs.ts';
import { rejectionOf, thrownBy } from '../thrown.ts';
import { bytes, deliveredTo, openMessaging } from './messaging-caller.ts';

/** The field that an assignment is refused by, if it is. */
function refused(permissions: readonly string[], config: object = {}): unknown {
  try {
    messagingProvider.checkAssignment?.({
      permissions,
      config: config as Readonly<Record<string, unknown>>,
    });
    return undefined;
  } catch (error) {
    return thrownBy(() => {
      throw error;
    }).details['field'];
  }
}

const token = fc.constantFrom('a', 'b', '*');
const pattern = fc
  .tuple(fc.array(token, { maxLength: 3 }), fc.boolean())
  .map(([parts, isOpen]) => (isOpen || parts.length === 0 ? [...parts, '>'] : parts).join('.'));

describe('a messaging assignment', () => {
  it('P4 · subscribes to nothing that no permission covers', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 3 }), fc.array(pattern), (granted, wanted) => {
        const permissions = granted.map((each) => `msg:subscribe:${each}`);
        const first = wanted.findIndex((each) => !granted.some((one) => patternCovers(one, each)));
        expect(refused(permissions, { subscriptions: wanted })).to.equal(
          first === -1 ? undefined : `config.subscriptions[${first}]`,
        );
        expect(refused(['msg:subscribe'], { subscriptions: wanted })).to.equal(undefined);
      }),
      RUNS,
    );
    expect(refused(['msg:publish'], { subscriptions: ['a'] })).to.equal('config.subscriptions[0]');
  });

  it('takes every permission of the grammar, and leaves other areas alone', () => {
    const good = [
      'msg:publish',
      'msg:subscribe',
      'msg:publish:a.*',
      'msg:subscribe:>',
      'kv:x:',
      'msgs',
    ];
    expect(refused(good)).to.equal(undefined);
    const bad = [
      'msg',
      'msg:',
      'msg:publish:',
      'msg:subscribe:a..b',
      'msg:publish:_INBOX.>',
      'msg:publish:>.a',
      'msg:request:a',
      'msg:Publish',
      'msg:publish:a b',
    ];
    for (const permission of bad) {
      expect(refused(['msg:publish', permission]), permission).to.equal('permissions[1]');
    }
  });

  it('is refused by the name of an option that is wrong', () => {
    const all = ['msg:subscribe', 'msg:publish'];
    const cases: readonly (readonly [object, string])[] = [
      [{ subscription: ['a'] }, 'config.subscription'],
      [{ subscriptions: 'a' }, 'config.subscriptions'],
      [{ subscriptions: Array.from({ length: 65 }, () => 'a') }, 'config.subscriptions'],
      [{ subscriptions: ['a', 1] }, 'config.subscriptions[1]'],
      [{ subscriptions: Array(2) }, 'config.subscriptions[0]'],
      [{ subscriptions: ['a..b'] }, 'config.subscriptions[0]'],
      [{ queue: null }, 'config.queue'],
      [{ queue: [] }, 'config.queue'],
      [{ queue: { size: 1 } }, 'config.queue.size'],
      [{ queue: { limit: 0 } }, 'config.queue.limit'],
      [{ queue: { limit: 10_001 } }, 'config.queue.limit'],
      [{ queue: { limit: '5' } }, 'config.queue.limit'],
      [{ queue: { maxBytes: 0 } }, 'config.queue.maxBytes'],
      [{ queue: { overflow: 'drop-newest' } }, 'config.queue.overflow'],
    ];
    for (const [config, field] of cases) {
      expect(refused(all, config), JSON.stringify(config)).to.equal(field);
    }
  });
});

describe('the configuration of a messaging provider', () => {
  it('is refused by the name of the option that is wrong, and has defaults', async () => {
    const limits = [
      'maxMessageBytes',
      'maxQueuedBytes',
      'maxPendingRequests',
      'maxPendingPerInstance',
    ];
    for (const name of limits) {
      for (const wrong of [0, -1, 1.5, '10', null, Number.POSITIVE_INFINITY]) {
        const opening = async () => messagingProvider.open({ [name]: wrong }, ENVIRONMENT);
        expect((await rejectionOf(opening())).details['field'], name).to.equal(`config.${name}`);
      }
    }
    const unknown = async () => messagingProvider.open({ maxMessages: 1 }, ENVIRONMENT);
    expect((await rejectionOf(unknown())).details['field']).to.equal('config.maxMessages');
    const state = await messagingProvider.open({}, ENVIRONMENT);
    expect(messagingProvider.metadata?.(state)).to.deep.include({
      maxMessageBytes: 1_048_576,
      maxQueuedBytes: 67_108_864,
      maxPendingRequests: 10_000,
      maxPendingPerInstance: 64,
      subscriptions: [],
    });
  });
});

describe('publishing', () => {
  it('P4 · reaches nobody without a permission that matches the topic', async () => {
    const topic = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('.'));
    await fc.assert(
      fc.asyncProperty(fc.array(pattern, { maxLength: 3 }), topic, async (granted, said) => {
        const { assign, outcome, environment } = await openMessaging();
        assign('s', ['msg:subscribe'], { subscriptions: ['>'] });
        const permissions = granted.map((each) => `msg:publish:${each}`);
        const publisher = assign('p', [...permissions, 'msg:subscribe']);
        const isAllowed = granted.some((each) => topicMatches(each, said));
        for (const operation of ['publish', 'request', 'requestMany']) {
          const answer = outcome(publisher, operation, said, bytes(operation));
          if (!isAllowed) expect(await answer).to.equal('PERMISSION_DENIED');
          else void answer;
        }
        publisher.end();
        const heard = deliveredTo(environment, 's');
        expect(heard.length > 0).to.equal(isAllowed);
      }),
      RUNS,
    );
  });

  it('takes only topics and bytes, and no operation that every object inherits', async () => {
    const { assign, outcome } = await openMessaging();
    const publisher = assign('p', ['msg:publish']);
    const body = bytes('x');
    for (const wrong of ['', 'a.*', '>', 'a..b', 'a b', 'a'.repeat(257), 5, undefined, ['a']]) {
      expect(await outcome(publisher, 'publish', wrong, body)).to.equal('INVALID_REQUEST topic');
      const isGiven = wrong !== undefined;
      if (isGiven) {
        expect(await outcome(publisher, 'publish', 'a', body, wrong)).to.equal(
          'INVALID_REQUEST replyTo',
        );
      }
    }
    for (const wrong of ['text', undefined, [1, 2], { length: 1 }]) {
      expect(await outcome(publisher, 'publish', 'a', wrong)).to.equal('INVALID_REQUEST body');
    }
    expect(await outcome(publisher, 'publish', 'a', body, 'b', 1)).to.equal('INVALID_REQUEST args');
    for (const name of ['__proto__', 'constructor', 'toString', 'subscribe']) {
      expect(messagingProvider.operations[name], name).to.equal(undefined);
    }
  });
});
