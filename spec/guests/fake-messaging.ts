import type { CapabilityFailure, DeliveredMessage, WireValue } from '../../lib/core/provider.ts';
import { CapabilityRefused } from '../../workers/guest-failure.ts';

/** A messaging provider as the guest's side sees it: it remembers, and replies what it is told to. */
export interface FakeMessaging {
  readonly published: DeliveredMessage[];
  /** The deadlines of requests, in milliseconds; undefined where the guest left it open. */
  readonly deadlines: (number | undefined)[];
  /** What requests are answered with; one at the least. */
  replies: readonly DeliveredMessage[];
  readonly serve: (operation: string, args: readonly WireValue[]) => WireValue;
  /** From now on, calls are refused with that code; `undefined` serves again. */
  refuse(code: CapabilityFailure['code'] | undefined): void;
}

export function fakeMessaging(): FakeMessaging {
  let refusal: CapabilityFailure['code'] | undefined;
  const published: DeliveredMessage[] = [];
  const deadlines: (number | undefined)[] = [];
  const note = ([topic, body, replyTo]: readonly WireValue[]): void => {
    if (typeof topic !== 'string' || !(body instanceof Uint8Array)) throw new Error('malformed');
    const message = { topic, body };
    published.push(typeof replyTo === 'string' ? { ...message, replyTo } : message);
  };
  const fake: FakeMessaging = {
    published,
    deadlines,
    replies: [{ topic: '_INBOX.1', body: new Uint8Array([1, 2, 3]) }],
    refuse(code) {
      refusal = code;
    },
    serve(operation, args) {
      if (refusal !== undefined) {
        throw new CapabilityRefused({ code: refusal, message: `no ${operation}` });
      }
      if (operation === 'publish') {
        note(args);
        return true;
      }
      const [topic, body, timeoutMs, maxReplies] = args;
      note([topic, body]);
      deadlines.push(timeoutMs as number | undefined);
      const wire = fake.replies as readonly (DeliveredMessage & { [key: string]: WireValue })[];
      if (operation === 'request') return wire[0];
      if (operation === 'requestMany') return wire.slice(0, maxReplies as number);
      throw new Error(`the guest's side invented ${operation}`);
    },
  };
  return fake;
}
