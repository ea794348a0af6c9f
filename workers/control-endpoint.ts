import type { MessagePort } from 'node:worker_threads';
import { type Endpoint, expose } from 'comlink';
import { isThreadMessage } from '../lib/protocol/instance-messages.ts';

type Listener = (event: { readonly data: unknown }) => void;

/**
 * Lets the host call the given functions by Comlink over the thread's one channel. Comlink walks the
 * path of a request through the exposed object, so it gets a record without a prototype and nothing
 * else; the host exposes nothing in return.
 */
export function exposeControl(port: MessagePort, control: object): void {
  const endpoint: Endpoint = {
    postMessage: (payload, transfer) =>
      port.postMessage({ kind: 'wasmatrix.control', payload }, transfer as never),
    addEventListener: (_type, listener) => {
      port.on('message', (message: unknown) => {
        if (!isThreadMessage(message) || message.kind !== 'wasmatrix.control') return;
        (listener as unknown as Listener)({ data: message.payload });
      });
    },
    removeEventListener: () => undefined,
  };
  const functions = Object.freeze(Object.assign(Object.create(null) as object, control));
  expose(functions, endpoint);
}
