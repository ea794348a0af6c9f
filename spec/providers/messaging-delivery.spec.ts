import { expect } from 'chai';
import * as fc from 'fast-check';
import type { DeliveryOutcome } from '../../lib/core/provider.ts';
import { topicMatches } from '../../lib/core/topic-pattern.ts';
import { TopicIndex } from '../../providers/messaging/topic-index.ts';
import { RecordingEnvironment } from '../contract/call-context.ts';
import { RUNS } from '../core/property-runs.ts';
import { settled } from '../thrown.ts';
import { bytes, deliveredTo, HeldDeliveries, openMessaging } from './messaging-caller.ts';

const SUBSCRIBE = ['msg:subscribe'];
const PUBLISH = ['msg:publish'];

describe('messaging delivers', () => {
  it('to exactly the subscribers whose patterns match, each once', async () => {
    const token = fc.constantFrom('a', 'b', 'c');
    const patternToken = fc.constantFrom('a', 'b', '*');
    const topic = fc.array(token, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
    const pattern = fc
      .tuple(fc.array(patternToken, { maxLength: 3 }), fc.boolean())
      .map(([parts, isOpen]) => (isOpen || parts.length === 0 ? [...parts, '>'] : parts).join('.'));
    const subscribers = fc.array(fc.array(pattern, { minLength: 1, maxLength: 3 }), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(subscribers, fc.array(topic, { maxLength: 6 }), async (all, said) => {
        const { assign, call, environment } = await openMessaging();
        for (const [index, subscriptions] of all.entries()) {
          assign(`i-${index}`, SUBSCRIBE, { subscriptions });
        }
        const publisher = assign('publisher', PUBLISH);
        for (const each of said) await call(publisher, 'publish', each, bytes(each));
        await settled();
        for (const [index, patterns] of all.entries()) {
          const wanted = said.filter((each) => patterns.some((one) => topicMatches(one, each)));
          expect(deliveredTo(environment, `i-${index}`)).to.deep.equal(wanted);
        }
      }),
      RUNS,
    );
  });

  it('one message at a time to each, in the order of every publisher, whatever is lost', async () => {
    const step = fc.oneof(
      fc.record({ by: fc.constantFrom(0, 1), topic: fc.constantFrom('t.1', 't.2') }),
      fc.constantFrom<DeliveryOutcome>('handled', 'failed', 'no-room', 'gone'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, limit) => {
          const { assign, call, environment, figures } = await openMessaging();
          const held = new HeldDeliveries(environment);
          assign('s', SUBSCRIBE, { subscriptions: ['t.*', '*.1'], queue: { limit } });
          const publishers = [assign('p-0', PUBLISH), assign('p-1', PUBLISH)] as const;
          let said = 0;
          for (const each of steps) {
            if (typeof each === 'string') {
              await held.release(each);
            } else {
              said += 1;
              await call(publishers[each.by], 'publish', each.topic, bytes(`${each.by}:${said}`));
            }
            expect(held.count).to.be.at.most(1);
            expect(figures()['queued']).to.be.at.most(limit);
          }
          while (held.count > 0) await held.release();
          const heard = deliveredTo(environment, 's').map((text) => Number(text.split(':')[1]));
          expect(heard).to.deep.equal([...heard].sort((a, b) => a - b));
          const { delivered = 0, failed = 0, dropped = 0, queued } = figures();
          expect([delivered + failed + dropped, queued]).to.deep.equal([said, 0]);
          expect(figures()['queuedBytes']).to.equal(0);
          const noted = environment.overflows.reduce(
            (sum, { details }) => sum + Number(details['dropped']),
            0,
          );
          expect(noted).to.be.at.most(dropped);
        },
      ),
      RUNS,
    );
  });

  it('long queues in order, while they grow and shrink', async () => {
    const { assign, call, environment } = await openMessaging();
    const held = new HeldDeliveries(environment);
    assign('s', SUBSCRIBE, { subscriptions: ['t'] });
    const publisher = assign('p', PUBLISH);
    const texts = Array.from({ length: 500 }, (_, index) => String(index));
    for (const [index, text] of texts.entries()) {
      await call(publisher, 'publish', 't', bytes(text));
      if (index % 3 !== 0) await held.release();
    }
    while (held.count > 0) await held.release();
    expect(deliveredTo(environment, 's')).to.deep.equal(texts);
  });

  it('counts each outcome of a delivery and repeats none', async () => {
    const outcomes = ['handled', 'refused', 'failed', 'no-room', 'no-handler', 'gone'] as const;
    const { assign, call, environment, provider, state, figures } = await openMessaging();
    const held = new HeldDeliveries(environment);
    assign('s', SUBSCRIBE, { subscriptions: ['>'] });
    const publisher = assign('p', PUBLISH);
    for (const outcome of outcomes) await call(publisher, 'publish', 't', bytes(outcome));
    for (const outcome of outcomes) await held.release(outcome);
    expect(deliveredTo(environment, 's')).to.deep.equal(outcomes);
    expect(figures()).to.include({ delivered: 1, refused: 1, failed: 2, dropped: 2, rejected: 0 });
    expect(provider.metadata?.(state)).to.have.deep.property('subscriptions', [
      {
        instanceId: 's',
        capabilityId: 'c-1',
        subscriptions: ['>'],
        queued: 0,
        delivered: 1,
        refused: 1,
        failed: 2,
        dropped: 2,
        rejected: 0,
      },
    ]);
    expect(environment.overflows).to.deep.equal([
      { instanceId: 's', details: { capabilityId: 'c-1', dropped: 1, resource: 'mailbox' } },
    ]);
  });

  it('goes on when the host fails to deliver', async () => {
    const { assign, call, environment, figures } = await openMessaging();
    environment.outcome = () => Promise.reject(new Error('a bug of the host'));
    assign('s', SUBSCRIBE, { subscriptions: ['t'] });
    const publisher = assign('p', PUBLISH);
    await call(publisher, 'publish', 't', bytes('1'));
    await call(publisher, 'publish', 't', bytes('2'));
    await settled();
    expect(figures()).to.include({ failed: 2, queued: 0 });
  });

  it('to an instance what it says itself, if it subscribes to it', async () => {
    const { assign, call, environment } = await openMessaging();
    const self = assign('s', [...SUBSCRIBE, ...PUBLISH], { subscriptions: ['t'] });
    await call(self, 'publish', 't', bytes('me'));
    expect(deliveredTo(environment, 's')).to.deep.equal(['me']);
  });

  it('the bytes as they were when they were published', async () => {
    const { assign, call, environment } = await openMessaging();
    const held = new HeldDeliveries(environment);
    assign('s', SUBSCRIBE, { subscriptions: ['t'] });
    const publisher = assign('p', PUBLISH);
    const body = bytes('before');
    await call(publisher, 'publish', 't', bytes('first'), 'elsewhere.reply');
    await call(publisher, 'publish', 't', body);
    body.fill(0);
    await held.release();
    expect(deliveredTo(environment, 's')).to.deep.equal(['first', 'before']);
    expect(environment.delivered.map(({ message }) => message.replyTo)).to.deep.equal([
      'elsewhere.reply',
      undefined,
    ]);
  });
});

describe('the index of topics', () => {
  it('finds what comparing every pattern finds, and forgets what is deleted', () => {
    const token = fc.constantFrom('a', 'b', '*', 'constructor', '__proto__');
    const pattern = fc
      .tuple(fc.array(token, { maxLength: 3 }), fc.boolean())
      .map(([parts, isOpen]) => (isOpen || parts.length === 0 ? [...parts, '>'] : parts).join('.'));
    const topic = fc
      .array(fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__'), {
        minLength: 1,
        maxLength: 4,
      })
      .map((parts) => parts.join('.'));
    const change = fc.tuple(fc.boolean(), pattern, fc.nat({ max: 3 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), fc.array(topic), (changes, asked) => {
        const index = new TopicIndex<number>();
        const model = new Map<string, readonly [string, number]>();
        for (const [isAdded, one, who] of changes) {
          if (isAdded) index.add(one, who);
          else index.delete(one, who);
          if (isAdded) model.set(`${one} ${who}`, [one, who]);
          else model.delete(`${one} ${who}`);
        }
        for (const each of asked) {
          const wanted = [...model.values()].filter(([one]) => topicMatches(one, each));
          expect(index.match(each)).to.deep.equal(new Set(wanted.map(([, who]) => who)));
        }
      }),
      RUNS,
    );
  });
});

describe('a messaging assignment that ends', () => {
  it('W1 · is delivered nothing more, and gives back all that waited', async () => {
    const { assign, call, environment, figures } = await openMessaging();
    const held = new HeldDeliveries(environment);
    const subscriber = assign('s', SUBSCRIBE, { subscriptions: ['t.>', 't.*'] });
    const publisher = assign('p', PUBLISH);
    for (const text of ['1', '2', '3']) await call(publisher, 'publish', 't.x', bytes(text));
    subscriber.end();
    await call(publisher, 'publish', 't.x', bytes('4'));
    await held.release();
    expect(deliveredTo(environment, 's')).to.deep.equal(['1']);
    expect(figures()).to.include({ queued: 0, queuedBytes: 0, subscribers: 0, delivered: 1 });
  });

  it('P4 · is delivered nothing that its grant does not cover at that moment', async () => {
    const { provider, state, assign, call, environment, figures } = await openMessaging();
    const permissions = ['msg:subscribe:a.*'];
    const narrow = assign('s', permissions);
    const wide = { ...narrow, config: { subscriptions: ['>'] } };
    provider.assigned?.(wide, state);
    const publisher = assign('p', PUBLISH);
    await call(publisher, 'publish', 'b.x', bytes('hidden'));
    await call(publisher, 'publish', 'a.x', bytes('shown'));
    await settled();
    expect(deliveredTo(environment, 's')).to.deep.equal(['shown']);
    expect(figures()).to.include({ dropped: 1, delivered: 1 });
  });
});

describe('an update of the messaging provider', () => {
  it('hands over what waits to the same assignments, in order', async () => {
    const before = await openMessaging();
    const held = new HeldDeliveries(before.environment);
    before.assign('s', SUBSCRIBE, { subscriptions: ['t'] });
    before.assign('gone', SUBSCRIBE, { subscriptions: ['t'] });
    const publisher = before.assign('p', PUBLISH);
    for (const text of ['1', '2', '3', '4']) {
      await before.call(publisher, 'publish', 't', bytes(text), 'back');
    }
    const inherited = structuredClone(before.provider.handOver?.(before.state));
    await before.provider.close?.(before.state);
    await held.release();
    const after = await openMessaging({}, new RecordingEnvironment(inherited));
    after.assign('s', SUBSCRIBE, { subscriptions: ['t'], queue: { limit: 2 } });
    await settled();
    expect(deliveredTo(before.environment, 's')).to.deep.equal(['1']);
    expect(deliveredTo(after.environment, 's')).to.deep.equal(['2', '3']);
    expect(after.environment.delivered[0]?.message.replyTo).to.equal('back');
    expect(after.figures()).to.include({ delivered: 2, dropped: 1, queuedBytes: 0 });
  });

  it('begins anew after a provider of another kind', async () => {
    const foreign = [
      undefined,
      null,
      'x',
      5,
      [],
      { kind: 'messaging@2', queues: [] },
      { kind: 'messaging@1' },
    ];
    for (const inherited of foreign) {
      const { assign, call, environment } = await openMessaging(
        {},
        new RecordingEnvironment(inherited),
      );
      const self = assign('s', [...SUBSCRIBE, ...PUBLISH], { subscriptions: ['t'] });
      await call(self, 'publish', 't', bytes('x'));
      expect(deliveredTo(environment, 's')).to.deep.equal(['x']);
    }
  });
});
