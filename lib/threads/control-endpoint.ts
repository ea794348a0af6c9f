import type { Transferable } from 'node:worker_threads';
import type { Endpoint } from 'comlink';
import type { ControlEnvelope } from '../protocol/instance-messages.ts';

/** What Comlink's own messages look like from outside; only the id matters here. */
interface ComlinkMessage {
  readonly id?: string;
}

type Listener = (event: { readonly data: unknown }) => void;

/** The host's end of a control channel: Comlink's endpoint, and what feeds and ends it. */
export interface ControlEndpoint extends Endpoint {
  /** Takes a message of Comlink's that came from the thread. */
  receive(payload: unknown): void;
  /** Answers every pending and every later request with the error. */
  fail(error: Error): void;
}

/**
 * An endpoint that knows when its thread is dead. Comlink itself never settles a request whose worker
 * has died (https://github.com/GoogleChromeLabs/comlink/issues/601), so this answers in its place.
 *
 * @param post - posts to the thread.
 */
export function controlEndpoint(
  post: (message: ControlEnvelope, transfer?: readonly Transferable[]) => void,
): ControlEndpoint {
  const listeners = new Set<Listener>();
  const pending = new Set<string>();
  let failure: Error | undefined;
  const deliver = (data: unknown): void => {
    for (const listener of listeners) listener({ data });
  };
  const answerWith = (id: string, error: Error): void => {
    const value = { isError: true, value: { name: error.name, message: error.message } };
    deliver({ id, type: 'HANDLER', name: 'throw', value });
  };
  return {
    postMessage(message: ComlinkMessage, transfer?: Transferable[]) {
      const id = message.id ?? '';
      if (failure !== undefined) {
        const error = failure;
        queueMicrotask(() => answerWith(id, error));
        return;
      }
      try {
        post({ kind: 'wasmatrix.control', payload: message }, transfer);
        pending.add(id);
      } catch (error) {
        // A request that cannot be cloned would stay in Comlink's table for ever.
        queueMicrotask(() => answerWith(id, error as Error));
      }
    },
    addEventListener: (_type, listener) => {
      listeners.add(listener);
    },
    removeEventListener: (_type, listener) => {
      listeners.delete(listener);
    },
    receive(payload) {
      const { id } = payload as ComlinkMessage;
      if (id !== undefined) pending.delete(id);
      deliver(payload);
    },
    fail(error) {
      if (failure !== undefined) return;
      failure = error;
      const ids = [...pending];
      pending.clear();
      for (const id of ids) answerWith(id, error);
    },
  };
}
