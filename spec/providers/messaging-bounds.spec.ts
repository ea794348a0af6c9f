import { expect } from 'chai';
import * as fc from 'fast-check';
import { RUNS } from '../core/property-runs.ts';
import { bytes, deliveredTo, HeldDeliveries, openMessaging } from './messaging-caller.ts';

const SUBSCRIBE = ['msg:subscribe'];
const PUBLISH = ['msg:publish'];

describe('a full queue of messages', () => {
  it('drops its oldest where it may, counts them and says so', async () => {
    const { assign, call, environment, figures } = await openMessaging();
    const held = new HeldDeliveries(environment);
    assign('s', SUBSCRIBE, { subscriptions: ['t'], queue: { limit: 2 } });
    const publisher = assign('p', PUBLISH);
    for (const text of ['1', '2', '3', '4', '5']) {
      expect(await call(publisher, 'publish', 't', bytes(text))).to.equal(true);
    }
    expect(figures()).to.include({ queued: 2, dropped: 2 });
    for (let round = 0; round < 3; round++) await held.release();
    expect(deliveredTo(environment, 's')).to.deep.equal(['1', '4', '5']);
    expect(environment.overflows).to.deep.equal(
      Array.from({ length: 2 }, () => ({
        instanceId: 's',
        details: { capabilityId: 'c-1', dropped: 1, resource: 'queue' },
      })),
    );
  });

  it('W4 · refuses the publisher where it must not drop, and then nobody gets the message', async () => {
    const { assign, call, outcome, environment, figures } = await openMessaging();
    const held = new HeldDeliveries(environment);
    assign('lossy', SUBSCRIBE, { subscriptions: ['t'], queue: { limit: 1 } });
    assign('strict', SUBSCRIBE, { subscriptions: ['>'], queue: { limit: 2, overflow: 'reject' } });
    const publisher = assign('p', PUBLISH);
    for (const text of ['1', '2', '3']) await call(publisher, 'publish', 't', bytes(text));
    expect(await outcome(publisher, 'publish', 't', bytes('4'))).to.equal('RESOURCE_EXHAUSTED');
    expect(figures()).to.include({ rejected: 1, dropped: 1, queued: 3 });
    await held.release();
    await held.release();
    expect(await outcome(publisher, 'publish', 't', bytes('5'))).to.equal(true);
    while (held.count > 0) await held.release();
    expect(deliveredTo(environment, 'lossy')).to.deep.equal(['1', '3', '5']);
    expect(deliveredTo(environment, 'strict')).to.deep.equal(['1', '2', '3', '5']);
  });

  it('is full by bytes as well as by number', async () => {
    const { assign, call, outcome, environment, figures } = await openMessaging();
    const held = new HeldDeliveries(environment);
    assign('lossy', SUBSCRIBE, { subscriptions: ['a'], queue: { maxBytes: 1_000 } });
    assign('strict', SUBSCRIBE, {
      subscriptions: ['b'],
      queue: { maxBytes: 1_000, overflow: 'reject' },
    });
    const publisher = assign('p', PUBLISH);
    const large = new Uint8Array(500);
    for (const topic of ['a', 'a', 'b', 'b']) await call(publisher, 'publish', topic, large);
    expect(figures()).to.include({ queued: 2, dropped: 0 });
    await call(publisher, 'publish', 'a', large);
    expect(figures()).to.include({ queued: 2, dropped: 1 });
    expect(await outcome(publisher, 'publish', 'b', large)).to.equal('RESOURCE_EXHAUSTED');
    while (held.count > 0) await held.release();
    // Larger than the whole queue: lost to the one, refused for the other.
    expect(await outcome(publisher, 'publish', 'a', new Uint8Array(1_000))).to.equal(true);
    expect(await outcome(publisher, 'publish', 'b', new Uint8Array(1_000))).to.equal(
      'RESOURCE_EXHAUSTED',
    );
    expect(figures()).to.include({ queued: 0, queuedBytes: 0, dropped: 2, rejected: 2 });
  });
});

describe('the bounds of a messaging provider', () => {
  it('refuse a message that is larger than allowed, whoever subscribes', async () => {
    const { assign, outcome, figures } = await openMessaging({ maxMessageBytes: 10 });
    const publisher = assign('p', PUBLISH);
    assign('s', SUBSCRIBE, { subscriptions: ['t'] });
    const large = new Uint8Array(11);
    expect(await outcome(publisher, 'publish', 't', large)).to.equal('RESOURCE_EXHAUSTED');
    expect(await outcome(publisher, 'publish', 'nobody', large)).to.equal('RESOURCE_EXHAUSTED');
    expect(await outcome(publisher, 'request', 't', large, 5)).to.equal('RESOURCE_EXHAUSTED');
    expect(await outcome(publisher, 'publish', 't', new Uint8Array(10))).to.equal(true);
    expect(figures()).to.include({ published: 1, pendingRequests: 0 });
  });

  it('hold for any course of publishing, and refused messages leave no trace', async () => {
    const maxQueuedBytes = 2_000;
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.tuple(fc.constantFrom('a.1', 'a.2', 'b.1'), fc.nat({ max: 700 })),
      },
      { weight: 1, arbitrary: fc.constant('release' as const) },
    );
    const overflow = fc.constantFrom('reject', 'drop-oldest');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), overflow, async (steps, policy) => {
        const { assign, outcome, environment, figures } = await openMessaging({ maxQueuedBytes });
        const held = new HeldDeliveries(environment);
        const queue = { limit: 3 };
        assign('one', SUBSCRIBE, { subscriptions: ['a.*'], queue: { ...queue, overflow: policy } });
        assign('two', SUBSCRIBE, { subscriptions: ['*.1'], queue });
        const publisher = assign('p', PUBLISH);
        for (const each of steps) {
          if (each === 'release') {
            await held.release();
            continue;
          }
          const { queued, dropped } = figures();
          const answer = await outcome(publisher, 'publish', each[0], new Uint8Array(each[1]));
          if (answer !== true) {
            expect(answer).to.equal('RESOURCE_EXHAUSTED');
            expect(figures()).to.include({ queued, dropped });
          }
          expect(figures()['queuedBytes']).to.be.at.most(maxQueuedBytes);
        }
        while (held.count > 0) await held.release();
        expect(figures()).to.include({ queued: 0, queuedBytes: 0 });
      }),
      RUNS,
    );
  });

  it('P19 · let nobody who floods a slow subscriber take the room of the others', async () => {
    const { assign, call, environment, figures } = await openMessaging({ maxQueuedBytes: 10_000 });
    const held = new HeldDeliveries(environment);
    const queue = { limit: 10_000 };
    for (const name of ['slow-1', 'slow-2']) {
      assign(name, SUBSCRIBE, { subscriptions: ['flood'], queue });
    }
    assign('other', SUBSCRIBE, { subscriptions: ['quiet'], queue });
    const [flooder, publisher] = [assign('f', PUBLISH), assign('p', PUBLISH)];
    for (let count = 0; count < 200; count++) {
      await call(flooder, 'publish', 'flood', new Uint8Array(100));
    }
    for (const text of ['1', '2', '3']) await call(publisher, 'publish', 'quiet', bytes(text));
    for (let count = 0; count < 200; count++) {
      await call(flooder, 'publish', 'flood', new Uint8Array(100));
    }
    expect(figures()['queuedBytes']).to.be.at.most(10_000);
    while (held.count > 0) await held.release();
    expect(deliveredTo(environment, 'other')).to.deep.equal(['1', '2', '3']);
    expect(environment.overflows.map(({ instanceId }) => instanceId)).to.not.include('other');
  });

  it('refuse a message for which nothing may be dropped', async () => {
    const { assign, call, outcome, environment } = await openMessaging({ maxQueuedBytes: 1_000 });
    const held = new HeldDeliveries(environment);
    const queue = { overflow: 'reject' };
    assign('a', SUBSCRIBE, { subscriptions: ['a'], queue });
    assign('b', SUBSCRIBE, { subscriptions: ['b'], queue });
    const publisher = assign('p', PUBLISH);
    for (let count = 0; count < 2; count++) {
      await call(publisher, 'publish', 'a', new Uint8Array(300));
    }
    const last = new Uint8Array(300);
    expect(await outcome(publisher, 'publish', 'b', last)).to.equal('RESOURCE_EXHAUSTED');
    await held.release();
    expect(await outcome(publisher, 'publish', 'b', last)).to.equal(true);
  });

  it('refuse a message that even what may be dropped for it makes no room for', async () => {
    const { assign, call, outcome, environment, figures } = await openMessaging({
      maxQueuedBytes: 1_000,
    });
    const held = new HeldDeliveries(environment);
    assign('a', SUBSCRIBE, { subscriptions: ['a'], queue: { overflow: 'reject' } });
    assign('b', SUBSCRIBE, { subscriptions: ['b'], queue: { limit: 1 } });
    const publisher = assign('p', PUBLISH);
    for (const [topic, size] of [
      ['a', 300],
      ['b', 300],
      ['b', 10],
    ] as const) {
      await call(publisher, 'publish', topic, new Uint8Array(size));
    }
    expect(figures()).to.include({ queuedBytes: 1_000, queued: 1 });
    const answer = await outcome(publisher, 'publish', 'b', new Uint8Array(100));
    expect(answer).to.equal('RESOURCE_EXHAUSTED');
    expect(figures()).to.include({ queuedBytes: 1_000, queued: 1, dropped: 0 });
    expect(held.count).to.equal(2);
  });

  it('cost no message that must not be dropped, however full its queue', async () => {
    const { assign, call, environment } = await openMessaging({ maxQueuedBytes: 2_000 });
    const held = new HeldDeliveries(environment);
    assign('strict', SUBSCRIBE, { subscriptions: ['a'], queue: { overflow: 'reject' } });
    assign('lossy', SUBSCRIBE, { subscriptions: ['b'] });
    const publisher = assign('p', PUBLISH);
    const large = ['1', '2', '3', '4'].map((text) => text.repeat(300));
    for (const text of large) await call(publisher, 'publish', 'a', bytes(text));
    for (let count = 0; count < 40; count++) await call(publisher, 'publish', 'b', bytes('x'));
    while (held.count > 0) await held.release();
    expect(deliveredTo(environment, 'strict')).to.deep.equal(large);
    expect(deliveredTo(environment, 'lossy')).to.have.length(2);
  });
});
