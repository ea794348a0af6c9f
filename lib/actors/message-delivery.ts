import { isWasmatrixError } from '../core/errors.ts';
import type { DeliveredMessage, DeliveryOutcome } from '../core/provider.ts';
import { messageHandler } from '../wasm/message-handler.ts';
import type { InstanceActor } from './instance-actor.ts';

/**
 * Gives a message to the handler export of an instance, through its mailbox like any other call. At
 * most once, and never rejects.
 *
 * @param instance - absent: it does not run.
 */
export async function deliverMessage(
  instance: InstanceActor | undefined,
  message: DeliveredMessage,
): Promise<DeliveryOutcome> {
  if (instance === undefined) return 'gone';
  const { spec, module } = instance.parts;
  const handler = messageHandler(module.admitted);
  if (handler === undefined) return 'no-handler';
  const { exportName } = handler;
  const { callTimeoutMs, payloadBytes } = spec.limits;
  if (message.body.length > payloadBytes) return 'no-room';
  try {
    const args = [handler.argument(message)];
    await instance.call({ exportName, args, timeoutMs: callTimeoutMs });
    return 'handled';
  } catch (error) {
    return outcomeOf(error);
  }
}

function outcomeOf(error: unknown): DeliveryOutcome {
  if (!isWasmatrixError(error)) return 'failed';
  // It was begun, and nobody knows how far it came.
  if (error.details['resource'] === 'fuel') return 'failed';
  if (error.code === 'RESOURCE_EXHAUSTED') return 'no-room';
  // The instance was not there to be called.
  if (error.code === 'INVALID_REQUEST') return 'gone';
  return 'payload' in error.details ? 'refused' : 'failed';
}
