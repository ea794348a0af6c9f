import { parentPort, workerData } from 'node:worker_threads';
import type { WireValue } from '../../lib/core/provider.ts';
import type { CapabilityAccess } from '../../lib/protocol/instance-messages.ts';
import { CapabilityClient } from '../../workers/capability-client.ts';
import { CapabilityRefused } from '../../workers/guest-failure.ts';

/** What the thread is made with. */
export interface CallingThreadData {
  readonly access: CapabilityAccess;
  readonly limits: { readonly payloadBytes: number; readonly timeoutMs: number };
}

/** One call, as the thread is told of it. */
export interface CallRequest {
  readonly family: string;
  readonly operation: string;
  readonly args: readonly WireValue[];
  readonly capabilityId?: string;
  readonly isHostFunction?: boolean;
}

/** What a call came to. */
export type CallResult =
  | { readonly value: WireValue }
  | { readonly code: string; readonly message: string };

if (parentPort !== null) {
  const port = parentPort;
  const { access, limits } = workerData as CallingThreadData;
  const client = new CapabilityClient(access, limits);
  port.on('message', (call: CallRequest) => {
    try {
      port.postMessage({ value: client.call(call) } satisfies CallResult);
    } catch (error) {
      const code = error instanceof CapabilityRefused ? error.code : 'no refusal';
      port.postMessage({ code, message: String(error) } satisfies CallResult);
    }
  });
}
