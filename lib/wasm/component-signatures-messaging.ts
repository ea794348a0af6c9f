import { InterfaceSignatures, methods } from './component-signature-notation.ts';

const BROKER_TYPES = {
  BrokerMessage: 'record { subject: string, body: list<u8>, reply-to: option<string> }',
};

const TYPES = {
  MessagingError:
    'variant { timeout, connection(string), permission-denied(string), other(string) }',
  Metadata: 'list<tuple<string, string>>',
};

/**
 * `wasmcloud:messaging` (https://github.com/wasmCloud/messaging), whose `types` has no functions.
 *
 * @internal
 */
export const WASMCLOUD_MESSAGING_SIGNATURES: ReadonlyMap<string, InterfaceSignatures> = new Map([
  [
    'wasmcloud:messaging/consumer@0.2.x',
    new InterfaceSignatures(BROKER_TYPES, {
      request: '(string, list<u8>, u32) -> result<BrokerMessage, string>',
      publish: '(BrokerMessage) -> result<_, string>',
    }),
  ],
]);

/**
 * `wasi:messaging` in the shape that its main branch has had since
 * https://github.com/WebAssembly/wasi-messaging/pull/27, where a received message may have a topic and
 * setters cannot fail. Earlier drafts of the same version are refused by their types.
 *
 * @internal
 */
export const WASI_MESSAGING_SIGNATURES: ReadonlyMap<string, InterfaceSignatures> = new Map([
  [
    'wasi:messaging/types@0.2.0-draft',
    new InterfaceSignatures(TYPES, {
      '[static]client.connect': '(string) -> result<own<client>, MessagingError>',
      ...methods('client', { disconnect: '() -> result<_, MessagingError>' }),
      '[constructor]message': '(list<u8>) -> own<message>',
      ...methods('message', {
        topic: '() -> option<string>',
        'content-type': '() -> option<string>',
        'set-content-type': '(string)',
        data: '() -> list<u8>',
        'set-data': '(list<u8>)',
        metadata: '() -> option<Metadata>',
        'add-metadata': '(string, string)',
        'set-metadata': '(Metadata)',
        'remove-metadata': '(string)',
      }),
    }),
  ],
  [
    'wasi:messaging/producer@0.2.0-draft',
    new InterfaceSignatures(TYPES, {
      send: '(borrow<client>, string, own<message>) -> result<_, MessagingError>',
    }),
  ],
  [
    'wasi:messaging/request-reply@0.2.0-draft',
    new InterfaceSignatures(TYPES, {
      '[constructor]request-options': '() -> own<request-options>',
      ...methods('request-options', {
        'set-timeout-ms': '(u32)',
        'set-expected-replies': '(u32)',
      }),
      request: `(borrow<client>, string, borrow<message>, option<own<request-options>>)
        -> result<list<own<message>>, MessagingError>`,
      reply: '(borrow<message>, own<message>) -> result<_, MessagingError>',
    }),
  ],
]);
