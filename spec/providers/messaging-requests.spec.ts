import { expect } from 'chai';
import type { WireValue } from '../../lib/core/provider.ts';
import { rejectionOf, settled } from '../thrown.ts';
import { bytes, HeldDeliveries, type OpenedMessaging, openMessaging } from './messaging-caller.ts';

const SUBSCRIBE = ['msg:subscribe'];
const PUBLISH = ['msg:publish'];

/** Where the newest message delivered wants its answer. */
function inbox({ environment }: OpenedMessaging): string {
  return environment.delivered.at(-1)?.message.replyTo ?? 'none';
}

describe('a request', () => {
  it('is answered by the first reply of whom it was delivered to', async () => {
    const opened = await openMessaging();
    const { assign, call, outcome, clock, figures } = opened;
    const responder = assign('r', SUBSCRIBE, { subscriptions: ['ask.*'] });
    const asking = call(assign('q', PUBLISH), 'request', 'ask.time', bytes('?'), 1_000);
    expect(figures()).to.include({ pendingRequests: 1 });
    expect(await call(responder, 'publish', inbox(opened), bytes('noon'), 'more')).to.equal(true);
    expect(await asking).to.deep.equal({
      topic: inbox(opened),
      body: bytes('noon'),
      replyTo: 'more',
    });
    expect([figures()['pendingRequests'], clock.pending]).to.deep.equal([0, 0]);
    expect(await outcome(responder, 'publish', inbox(opened), bytes('late'))).to.equal(
      'PERMISSION_DENIED topic',
    );
  });

  it('P20 · fails by its deadline, or at once when nobody could reply', async () => {
    const { assign, call, outcome, clock, figures } = await openMessaging();
    const requester = assign('q', PUBLISH);
    expect(await outcome(requester, 'request', 'nobody', bytes('?'), 1_000)).to.equal('TIMEOUT');
    assign('r', SUBSCRIBE, { subscriptions: ['ask'] });
    const failures = ['request', 'requestMany'].map((operation) =>
      rejectionOf(call(requester, operation, 'ask', bytes('?'), 1_000)),
    );
    clock.advance(999);
    expect(figures()['pendingRequests']).to.equal(2);
    clock.advance(1);
    for (const failure of failures) expect(await failure).to.have.property('code', 'TIMEOUT');
    expect([figures()['pendingRequests'], clock.pending]).to.deep.equal([0, 0]);
  });

  it('P4 · takes no reply of whom it was not delivered to, even of one that knows where', async () => {
    const opened = await openMessaging();
    const { assign, call, outcome } = opened;
    const responder = assign('r', [...SUBSCRIBE, ...PUBLISH], { subscriptions: ['ask'] });
    const stranger = assign('x', ['msg:publish', 'msg:subscribe'], { subscriptions: ['other'] });
    const asking = call(assign('q', PUBLISH), 'request', 'ask', bytes('?'), 1_000);
    const place = inbox(opened);
    const refused: WireValue[] = [];
    for (const forged of [place, '_INBOX', '_INBOX.x', `${place}.x`]) {
      refused.push(await outcome(stranger, 'publish', forged, bytes('forged')));
    }
    // Told of it by the responder, it still was not asked.
    await call(responder, 'publish', 'other', bytes('you answer'), place);
    refused.push(await outcome(stranger, 'publish', place, bytes('forged')));
    expect(new Set(refused)).to.deep.equal(new Set(['PERMISSION_DENIED topic']));
    await call(responder, 'publish', place, bytes('true'));
    expect(await asking).to.deep.include({ body: bytes('true') });
  });

  it('P19 · cannot be listened to: its topic is no wildcard’s, and nobody may subscribe to it', async () => {
    const opened = await openMessaging();
    const { assign, call, environment, provider } = opened;
    assign('spy', SUBSCRIBE, { subscriptions: ['>', '*.*', '*.>'] });
    const responder = assign('r', SUBSCRIBE, { subscriptions: ['ask.me'] });
    const asking = call(assign('q', PUBLISH), 'request', 'ask.me', bytes('?'), 1_000);
    const place = inbox(opened);
    await call(responder, 'publish', place, bytes('secret'));
    await asking;
    expect(environment.delivered.map(({ message }) => message.topic)).to.not.include(place);
    for (const pattern of ['_INBOX.>', '_INBOX.*', '_INBOX']) {
      const config = { subscriptions: [pattern] };
      expect(() => provider.checkAssignment?.({ permissions: SUBSCRIBE, config })).to.throw(
        'config.subscriptions[0]',
      );
    }
  });

  it('is not answered by an instance to which it is still waiting to be delivered', async () => {
    const opened = await openMessaging();
    const { assign, call, outcome, environment } = opened;
    const held = new HeldDeliveries(environment);
    const responder = assign('r', [...SUBSCRIBE, ...PUBLISH], { subscriptions: ['ask'] });
    await call(responder, 'publish', 'ask', bytes('earlier'));
    const asking = call(assign('q', PUBLISH), 'request', 'ask', bytes('?'), 1_000);
    expect(await outcome(responder, 'publish', '_INBOX.token1', bytes('guessed'))).to.equal(
      'PERMISSION_DENIED topic',
    );
    await held.release();
    await call(responder, 'publish', '_INBOX.token1', bytes('asked'));
    expect(await asking).to.deep.include({ body: bytes('asked') });
  });

  it('W1 · ends with the grant that it was made by', async () => {
    const { assign, call, clock, figures } = await openMessaging();
    assign('r', SUBSCRIBE, { subscriptions: ['ask'] });
    const requester = assign('q', PUBLISH);
    const failure = rejectionOf(call(requester, 'request', 'ask', bytes('?'), 1_000));
    requester.end();
    expect(await failure).to.have.property('code', 'PERMISSION_DENIED');
    expect([figures()['pendingRequests'], clock.pending]).to.deep.equal([0, 0]);
  });

  it('is refused as a reply, and with a deadline that is none', async () => {
    const { assign, outcome } = await openMessaging();
    const requester = assign('q', PUBLISH);
    const refused = async (...args: WireValue[]) => outcome(requester, 'requestMany', ...args);
    expect(await refused('_INBOX.token1', bytes('?'))).to.equal('INVALID_REQUEST topic');
    for (const wrong of [0, -1, 1.5, 600_001, 5n, '5']) {
      expect(await refused('t', bytes('?'), wrong)).to.equal('INVALID_REQUEST timeoutMs');
    }
    for (const wrong of [0, 1_001, 2.5, '5']) {
      expect(await refused('t', bytes('?'), 5, wrong)).to.equal('INVALID_REQUEST maxReplies');
    }
  });
});

describe('a request for many replies', () => {
  it('is answered by as many as it wants, or by those that have come in time', async () => {
    const opened = await openMessaging();
    const { assign, call, clock, figures } = opened;
    const responders = ['r1', 'r2', 'r3'].map((id) =>
      assign(id, SUBSCRIBE, { subscriptions: ['ask'] }),
    );
    const requester = assign('q', PUBLISH);
    for (const wanted of [2, 5]) {
      const asking = call(requester, 'requestMany', 'ask', bytes('?'), 1_000, wanted);
      await settled();
      const place = inbox(opened);
      for (const [index, responder] of responders.slice(0, wanted).entries()) {
        await call(responder, 'publish', place, bytes(String(index)));
      }
      clock.advance(1_000);
      const answers = (await asking) as readonly { readonly body: Uint8Array }[];
      const texts = answers.map(({ body }) => Buffer.from(body).toString());
      expect(texts).to.deep.equal(['0', '1', '2'].slice(0, wanted));
    }
    expect(figures()).to.include({ pendingRequests: 0, queuedBytes: 0 });
  });

  it('keeps no more of them than one message may be large', async () => {
    const opened = await openMessaging({ maxMessageBytes: 100 });
    const { assign, call, outcome, figures } = opened;
    const responder = assign('r', SUBSCRIBE, { subscriptions: ['ask'] });
    const asking = call(assign('q', PUBLISH), 'requestMany', 'ask', bytes('?'), 1_000);
    await settled();
    const place = inbox(opened);
    await call(responder, 'publish', place, new Uint8Array(60));
    expect(figures()['queuedBytes']).to.be.greaterThan(60);
    expect(await outcome(responder, 'publish', place, new Uint8Array(60))).to.equal(
      'RESOURCE_EXHAUSTED',
    );
    expect(await asking).to.have.length(1);
    expect(figures()['queuedBytes']).to.equal(0);
  });

  it('keeps no replies for which the provider has no room, and goes on waiting', async () => {
    const opened = await openMessaging({ maxQueuedBytes: 500 });
    const { assign, call, outcome } = opened;
    const responder = assign('r', SUBSCRIBE, { subscriptions: ['ask'] });
    const asking = call(assign('q', PUBLISH), 'requestMany', 'ask', bytes('?'), 1_000, 2);
    await settled();
    const place = inbox(opened);
    expect(await outcome(responder, 'publish', place, new Uint8Array(500))).to.equal(
      'RESOURCE_EXHAUSTED',
    );
    for (const text of ['1', '2']) await call(responder, 'publish', place, bytes(text));
    expect(await asking).to.have.length(2);
  });
});

describe('the requests that wait', () => {
  it('P19 · are bounded for each instance and for all, and cost nothing when refused', async () => {
    const { assign, call, outcome, clock, figures } = await openMessaging({
      maxPendingPerInstance: 2,
      maxPendingRequests: 3,
    });
    assign('r', SUBSCRIBE, { subscriptions: ['ask'] });
    const [one, two] = [assign('q1', PUBLISH), assign('q2', PUBLISH)];
    const ask = (who: typeof one) => call(who, 'request', 'ask', bytes('?'), 1_000);
    const failures = [ask(one), ask(one)].map(rejectionOf);
    expect(await outcome(one, 'request', 'ask', bytes('?'), 1_000)).to.equal('RESOURCE_EXHAUSTED');
    failures.push(rejectionOf(ask(two)));
    expect(await outcome(two, 'request', 'ask', bytes('?'), 1_000)).to.equal('RESOURCE_EXHAUSTED');
    expect([figures()['pendingRequests'], clock.pending]).to.deep.equal([3, 3]);
    clock.advance(1_000);
    await Promise.all(failures);
    const again = rejectionOf(ask(one));
    expect(figures()['pendingRequests']).to.equal(1);
    clock.advance(1_000);
    await again;
  });

  it('cost nothing when their question finds no room', async () => {
    const { assign, call, outcome, environment, clock, figures } = await openMessaging();
    const held = new HeldDeliveries(environment);
    assign('r', SUBSCRIBE, { subscriptions: ['ask'], queue: { limit: 1, overflow: 'reject' } });
    const requester = assign('q', PUBLISH);
    await call(requester, 'publish', 'ask', bytes('1'));
    await call(requester, 'publish', 'ask', bytes('2'));
    expect(await outcome(requester, 'request', 'ask', bytes('3'), 5)).to.equal(
      'RESOURCE_EXHAUSTED',
    );
    expect([figures()['pendingRequests'], clock.pending, held.count]).to.deep.equal([0, 0, 1]);
  });

  it('W5 · fail when the provider is closed, which leaves nothing', async () => {
    const { provider, state, assign, call, outcome, environment, clock, figures } =
      await openMessaging();
    const held = new HeldDeliveries(environment);
    assign('r', SUBSCRIBE, { subscriptions: ['ask'] });
    const requester = assign('q', PUBLISH);
    const failure = rejectionOf(call(requester, 'request', 'ask', bytes('?'), 1_000));
    await call(requester, 'publish', 'ask', bytes('waits'));
    await provider.close?.(state);
    await provider.close?.(state);
    expect(await failure).to.have.property('code', 'CAPABILITY_NOT_FOUND');
    await held.release();
    expect([clock.pending, environment.delivered.length]).to.deep.equal([0, 1]);
    expect(figures()).to.include({ pendingRequests: 0, queued: 0, queuedBytes: 0, subscribers: 0 });
    for (const operation of ['publish', 'request']) {
      expect(await outcome(requester, operation, 'ask', bytes('?'))).to.equal(
        'CAPABILITY_NOT_FOUND',
      );
    }
    assign('late', SUBSCRIBE, { subscriptions: ['ask'] });
    expect(figures()).to.include({ subscribers: 0 });
  });
});
