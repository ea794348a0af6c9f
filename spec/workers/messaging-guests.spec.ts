import { expect } from 'chai';
import * as fc from 'fast-check';
import { resolveLimits } from '../../lib/core/limits.ts';
import type { DeliveredMessage } from '../../lib/core/provider.ts';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import type { AdmittedModule } from '../../lib/wasm/admitted-module.ts';
import { type MessageHandler, messageHandler } from '../../lib/wasm/message-handler.ts';
import type { Guest } from '../../workers/guest.ts';
import { BadArguments, GuestError, PayloadTooLarge } from '../../workers/guest-failure.ts';
import { boundGuest } from '../guests/bound-guest.ts';
import { type FakeMessaging, fakeMessaging } from '../guests/fake-messaging.ts';
import { guestBytes } from '../guests/guest-file.ts';
import { type RecordingHost, recordingHost } from '../guests/recording-host.ts';
import { payloadThrownBy } from '../thrown.ts';
import { bindText } from './component-guest.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const GUESTS = ['messenger-c', 'messenger-draft'] as const;
const DRAFT_HANDLER = 'wasi:messaging/incoming-handler@0.2.0-draft#handle';

interface Started {
  readonly guest: Guest;
  readonly host: RecordingHost;
  readonly messaging: FakeMessaging;
  /** Hands a message to the handler export, as the host does. */
  deliver(message: DeliveredMessage): unknown;
}

function admitted(name: string): Omit<AdmittedModule, 'sha256'> {
  const { memoryBytes, tableEntries } = resolveLimits({});
  return admitModule(guestBytes(name), { abi: 'auto', memoryBytes, tableEntries }).admitted;
}

function handlerOf(name: string): MessageHandler | undefined {
  return messageHandler(admitted(name));
}

function started(name: string, payloadBytes = 1_048_576): Started {
  const messaging = fakeMessaging();
  const host = recordingHost({ serve: messaging.serve, payloadBytes });
  const guest = boundGuest(name, host);
  const handler = handlerOf(name);
  return {
    guest,
    host,
    messaging,
    deliver(message) {
      if (handler === undefined) throw new Error(`${name} handles no messages`);
      return guest.invoke(handler.exportName, [handler.argument(message)]);
    },
  };
}

const errorOf = (call: () => unknown): unknown => payloadThrownBy(GuestError, call);

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

for (const name of GUESTS) {
  describe(`${name} over a messaging provider`, () => {
    it('is admitted, and leads to the messaging provider', () => {
      expect(admitted(name).families).to.deep.equal(['messaging']);
      expect(admitted(name).abi).to.equal('component');
    });

    it('publishes any bytes on any topic', () => {
      const { guest, messaging } = started(name);
      const topic = fc.string({ unit: 'binary', maxLength: 20 });
      fc.assert(
        fc.property(topic, fc.uint8Array({ maxLength: 50 }), (said, body) => {
          expect(guest.invoke('publish', [said, body])).to.equal(undefined);
          expect(messaging.published.pop()).to.deep.equal({ topic: said, body });
        }),
        { numRuns },
      );
    });

    it('asks, and hears the reply', () => {
      const { guest, messaging } = started(name);
      expect(guest.invoke('request', ['t', bytes('?'), 250])).to.deep.equal(
        new Uint8Array([1, 2, 3]),
      );
      expect(messaging.published).to.deep.equal([{ topic: 't', body: bytes('?') }]);
      expect(messaging.deadlines).to.deep.equal([250]);
    });

    it('P4 · hears of a refusal as the error of its interface, and lives on', () => {
      const { guest, messaging } = started(name);
      messaging.refuse('PERMISSION_DENIED');
      expect(errorOf(() => guest.invoke('publish', ['t', bytes('x')]))).to.match(
        /^permission.denied: no publish$/,
      );
      messaging.refuse('TIMEOUT');
      expect(errorOf(() => guest.invoke('request', ['t', bytes('x'), 1]))).to.match(/^timeout/);
      messaging.refuse('RESOURCE_EXHAUSTED');
      expect(errorOf(() => guest.invoke('request', ['t', bytes('x'), 1]))).to.match(/no request$/);
      messaging.refuse(undefined);
      expect(guest.invoke('publish', ['t', bytes('x')])).to.equal(undefined);
    });

    it('handles what is delivered to it, in order', () => {
      const { guest, deliver } = started(name);
      const body = fc.uint8Array({ maxLength: 64 });
      const topic = fc.constantFrom('a', 'a.b', 'failing.x', 'ключ.🗝');
      fc.assert(
        fc.property(fc.array(fc.tuple(topic, body), { maxLength: 8 }), (messages) => {
          guest.invoke('forget', []);
          for (const [said, content] of messages) {
            expect(deliver({ topic: said, body: content, replyTo: 'r' })).to.equal(undefined);
          }
          expect(guest.invoke('received', [])).to.deep.equal(messages);
        }),
        { numRuns },
      );
    });

    it('replies where it is asked to, and only then', () => {
      const { deliver, messaging } = started(name);
      deliver({ topic: 'x.echo', body: bytes('1') });
      deliver({ topic: 'x.echoes', body: bytes('2'), replyTo: '_INBOX.7' });
      deliver({ topic: 'x.echo.y', body: bytes('3'), replyTo: '_INBOX.8' });
      expect(messaging.published).to.deep.equal([{ topic: '_INBOX.8', body: bytes('3') }]);
    });

    it('refuses a message by its own error, and ends by a trap', () => {
      const { guest, deliver } = started(name);
      const payload = errorOf(() => deliver({ topic: 'fail', body: bytes('x') }));
      expect(JSON.stringify(payload)).to.contain('told to fail');
      expect(guest.invoke('received', [])).to.have.length(1);
      expect(() => deliver({ topic: 'a.trap', body: bytes('x') })).to.throw(
        WebAssembly.RuntimeError,
      );
      expect(() => guest.invoke('received', [])).to.throw();
    });

    it('needs no more memory for a thousand messages than for one', () => {
      const { guest, deliver } = started(name);
      const message = { topic: 'x.echo', body: new Uint8Array(10_000), replyTo: '_INBOX.1' };
      deliver(message);
      const before = guest.memoryBytes();
      for (let round = 0; round < 1_000; round++) deliver(message);
      expect(guest.memoryBytes()).to.equal(before);
    });
  });
}

describe('messenger-c', () => {
  it('takes its time when it is told to', () => {
    const { deliver, host } = started('messenger-c');
    deliver({ topic: 'slow.40', body: bytes('x') });
    deliver({ topic: 'slow', body: bytes('x') });
    expect(host.sleptMs.reduce((sum, ms) => sum + ms, 0)).to.be.closeTo(40, 1);
  });

  it('names any topic for replies', () => {
    const { guest, messaging } = started('messenger-c');
    guest.invoke('publish-reply-to', ['t', bytes('x'), 'back']);
    expect(messaging.published).to.deep.equal([{ topic: 't', body: bytes('x'), replyTo: 'back' }]);
  });
});

describe('messenger-draft', () => {
  it('collects many replies', () => {
    const { guest, messaging } = started('messenger-draft');
    messaging.replies = ['1', '2', '3'].map((text) => ({ topic: '_INBOX.1', body: bytes(text) }));
    const answer = guest.invoke('request-many', ['t', bytes('?'), 5, 2]);
    expect(answer).to.deep.equal([bytes('1'), bytes('2')]);
  });

  it('P19 · is stopped when it hoards messages that it made', () => {
    const { guest } = started('messenger-draft');
    expect(() => guest.invoke('hoard', [9, 1_048_576])).to.throw('messages of more than');
  });

  it('P19 · is given no more messages when it keeps those that it was given, and lives on', () => {
    const { guest, deliver } = started('messenger-draft', 10_000);
    const message = { topic: 'keep', body: new Uint8Array(9_000) };
    for (let round = 0; round < 8; round++) deliver(message);
    expect(() => deliver(message)).to.throw(PayloadTooLarge);
    expect(guest.invoke('received', [])).to.have.length(8);
    deliver({ topic: 'small', body: new Uint8Array(9) });
  });

  it('is entered only with a message in the agreed form, of a bounded size', () => {
    const { guest, deliver } = started('messenger-draft', 1_000);
    const wrong: readonly (readonly [unknown[], string])[] = [
      [[], 'args'],
      [[1, 2], 'args'],
      [[undefined], 'args[0]'],
      [['text'], 'args[0]'],
      [[[]], 'args[0]'],
      [[{}], 'args[0].topic'],
      [[{ topic: 5 }], 'args[0].topic'],
      [[{ topic: 't' }], 'args[0].body'],
      [[{ topic: 't', body: [1] }], 'args[0].body'],
      [[{ topic: 't', body: bytes('b'), replyTo: 5 }], 'args[0].replyTo'],
      [[Object.create({ topic: 't', body: bytes('b') })], 'args[0]'],
    ];
    for (const [args, field] of wrong) {
      expect(() => guest.invoke(DRAFT_HANDLER, args), JSON.stringify(args))
        .to.throw(BadArguments)
        .with.property('field', field);
    }
    const large = { topic: 't', body: new Uint8Array(1_001) };
    expect(() => deliver(large)).to.throw(PayloadTooLarge);
    expect(guest.invoke('received', [])).to.deep.equal([]);
  });

  it('is handed its message by any name that leads to the handler', () => {
    const { guest } = started('messenger-draft');
    const message = { topic: 't', body: bytes('b') };
    guest.invoke('wasi:messaging/incoming-handler#handle', [message]);
    expect(guest.invoke('received', [])).to.deep.equal([['t', bytes('b')]]);
  });
});

describe('the handler of a guest', () => {
  it('is found by its export alone', () => {
    expect(handlerOf('messenger-c')?.exportName).to.equal(
      'wasmcloud:messaging/handler@0.2.0#handle-message',
    );
    expect(handlerOf('messenger-draft')?.exportName).to.equal(DRAFT_HANDLER);
    for (const name of ['counter-c', 'command-c', 'reactor-c', 'core']) {
      expect(handlerOf(name), name).to.equal(undefined);
    }
  });

  it('is not taken for one by a name that only looks like it', () => {
    const base = admitted('messenger-c');
    const [fact] = base.exports.filter(({ name }) => name.includes('#'));
    for (const name of [
      'wasmcloud:messaging/handler@0.3.0#handle-message',
      'wasmcloud:messaging/handler@0.2.0#handle-messages',
      'x-wasmcloud:messaging/handler@0.2.0#handle-message',
      'wasmcloud:messaging/handler#handle-message',
    ]) {
      expect(messageHandler({ ...base, exports: [{ ...fact!, name }] }), name).to.equal(undefined);
    }
    expect(messageHandler({ ...base, exports: [{ ...fact!, kind: 'other' }] })).to.equal(undefined);
    expect(messageHandler({ ...base, life: 'command' })).to.equal(undefined);
    expect(messageHandler({ ...base, abi: 'core' })).to.equal(undefined);
  });

  it('P19 · of another type than agreed is handed nothing, and hands nothing out', async () => {
    const declared = (params: string, result: string, core: string): Promise<Guest> =>
      bindText(`(component
        (import "wasi:messaging/types@0.2.0-draft" (instance $types
          (export "message" (type $message (sub resource)))))
        (alias export $types "message" (type $message))
        (type $own (own $message))
        (type $borrow (borrow $message))
        (core module $m (func (export "handle") ${core}))
        (core instance $i (instantiate $m))
        (func $handle ${params} ${result} (canon lift (core func $i "handle")))
        (instance $out (export "handle" (func $handle)))
        (export "wasi:messaging/incoming-handler@0.2.0-draft" (instance $out)))`);
    const message = { topic: 't', body: bytes('b') };
    const agreed = await declared('(param "m" $own)', '', '(param i32)');
    expect(agreed.invoke(DRAFT_HANDLER, [message])).to.equal(undefined);
    const others = [
      await declared('(param "m" $own)', '(result $own)', '(param i32) (result i32) local.get 0'),
      await declared('(param "m" $own) (param "n" $own)', '', '(param i32 i32)'),
      await declared('(param "m" $borrow)', '', '(param i32)'),
      await declared('', '(result $own)', '(result i32) unreachable'),
    ];
    for (const guest of others) {
      for (const args of [[], [message], [message, message]]) {
        expect(() => guest.invoke(DRAFT_HANDLER, args))
          .to.throw(BadArguments)
          .with.property('field', 'exportName');
      }
    }
  });
});
