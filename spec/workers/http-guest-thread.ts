import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { CapabilityFailure, WireValue } from '../../lib/core/provider.ts';
import { CapabilityRefused, GuestError } from '../../workers/guest-failure.ts';
import { boundGuest } from '../guests/bound-guest.ts';
import { recordingHost } from '../guests/recording-host.ts';

/** What the thread is started with: where its calls go, and what it sleeps on until they are answered. */
export interface GuestThreadData {
  readonly calls: MessagePort;
  readonly invocations: MessagePort;
  readonly answered: Int32Array;
}

/** An answer to a capability call. */
export type CallAnswer = { readonly value: WireValue } | { readonly refused: CapabilityFailure };

/** What came of an export. */
export type Invoked = { readonly result: unknown } | { readonly error: unknown };

const { calls, invocations, answered } = workerData as GuestThreadData;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

const guest = boundGuest('fetch-c', {
  ...recordingHost(),
  monotonicClockNs: () => process.hrtime.bigint(),
  sleep(ms) {
    Atomics.wait(sleeper, 0, 0, ms);
  },
  call(family, operation, args) {
    Atomics.store(answered, 0, 0);
    calls.postMessage({ family, operation, args });
    Atomics.wait(answered, 0, 0, 10_000);
    const received: { readonly message: CallAnswer } | undefined = receiveMessageOnPort(calls);
    if (received === undefined) throw new Error(`nobody answered ${operation}`);
    if ('refused' in received.message) throw new CapabilityRefused(received.message.refused);
    return received.message.value;
  },
});

function invoked(name: string, args: readonly unknown[]): Invoked {
  try {
    return { result: guest.invoke(name, args) };
  } catch (thrown) {
    if (thrown instanceof GuestError) return { error: thrown.payload };
    return { error: String(thrown) };
  }
}

invocations.on('message', ({ name, args }: { name: string; args: readonly unknown[] }) => {
  invocations.postMessage(invoked(name, args));
});
