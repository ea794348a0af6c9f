import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { isWasmatrixError, WasmatrixError } from '../../lib/core/errors.ts';
import type { CapabilityFailure, WireValue } from '../../lib/core/provider.ts';
import { type HttpState, httpProvider } from '../../providers/http/index.ts';
import { callContext } from '../contract/call-context.ts';
import type { CallAnswer, GuestThreadData, Invoked } from './http-guest-thread.ts';

/** `fetch-c` in a thread of its own, over the real provider in this one. */
export interface ServedGuest extends AsyncDisposable {
  /** What the export answered, or the error that it answered. */
  invoke(name: string, ...args: unknown[]): Promise<unknown>;
  /** Ends the grant, as a revocation does. */
  revoke(): void;
  openTransfers(): unknown;
}

interface Call {
  readonly operation: string;
  readonly args: readonly WireValue[];
}

export async function servedGuest(permissions: readonly string[]): Promise<ServedGuest> {
  const context = callContext(permissions);
  const state: HttpState = await httpProvider.open({}, undefined as never);
  const [calls, invocations] = [new MessageChannel(), new MessageChannel()];
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const workerData: GuestThreadData = {
    calls: calls.port1,
    invocations: invocations.port1,
    answered,
  };
  const transferList = [calls.port1, invocations.port1];
  const entry = new URL('./http-guest-thread.js', import.meta.url);
  const worker = new Worker(entry, { workerData, transferList });

  async function answerOf({ operation: name, args }: Call): Promise<CallAnswer> {
    try {
      const operation = httpProvider.operations[name];
      if (operation === undefined) throw new Error(`no operation ${name}`);
      const needed = [operation.permission(args)].flat();
      if (!needed.every((each) => context.allows(each))) {
        throw new WasmatrixError('PERMISSION_DENIED', 'not granted');
      }
      return { value: await operation.run(args, context, state) };
    } catch (thrown) {
      if (!isWasmatrixError(thrown)) throw thrown;
      const { message, code } = thrown;
      return { refused: { message, code: code as CapabilityFailure['code'] } };
    }
  }

  calls.port2.on('message', (call: Call) => {
    void answerOf(call).then((answer) => {
      calls.port2.postMessage(answer);
      Atomics.store(answered, 0, 1);
      Atomics.notify(answered, 0);
    });
  });
  return {
    async invoke(name, ...args) {
      invocations.port2.postMessage({ name, args });
      const [outcome] = (await once(invocations.port2, 'message')) as [Invoked];
      return 'error' in outcome ? { error: outcome.error } : outcome.result;
    },
    revoke: () => context.end(),
    openTransfers: () => httpProvider.metadata?.(state)['openTransfers'],
    async [Symbol.asyncDispose]() {
      context.end();
      await worker.terminate();
      calls.port2.close();
      invocations.port2.close();
      await httpProvider.close?.(state);
    },
  };
}
