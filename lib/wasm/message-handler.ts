import type { DeliveredMessage } from '../core/provider.ts';
import type { AdmittedModule } from './admitted-module.ts';

/** `handle-message(broker-message)`, in every patch of the version. */
const WASMCLOUD = /^wasmcloud:messaging\/handler@0\.2\.\d{1,9}#handle-message$/;

/** `handle(own<message>)`; the thread makes the resource out of plain data. */
const WASI = 'wasi:messaging/incoming-handler@0.2.0-draft#handle';

/**
 * The export that takes the messages delivered to a guest.
 *
 * @internal
 */
export interface MessageHandler {
  /** As `invoke` takes it. */
  readonly exportName: string;
  /** The export's only argument, plain data. */
  argument(message: DeliveredMessage): unknown;
}

/**
 * Finds the export of a guest that takes messages. One that has several is given them by the newer
 * interface, `wasi:messaging`.
 *
 * @returns undefined for a guest that takes none.
 * @internal
 */
export function messageHandler(
  admitted: Pick<AdmittedModule, 'abi' | 'life' | 'exports'>,
): MessageHandler | undefined {
  if (admitted.abi !== 'component' || admitted.life === 'command') return undefined;
  const functions = admitted.exports.filter(
    ({ kind, params }) => kind === 'function' && params?.length === 1,
  );
  if (functions.some(({ name }) => name === WASI)) {
    return { exportName: WASI, argument: wasiArgument };
  }
  const found = functions.find(({ name }) => WASMCLOUD.test(name));
  return found && { exportName: found.name, argument: wasmcloudArgument };
}

function wasiArgument({ topic, body, replyTo }: DeliveredMessage): unknown {
  return replyTo === undefined ? { topic, body } : { topic, body, replyTo };
}

function wasmcloudArgument({ topic, body, replyTo }: DeliveredMessage): unknown {
  return replyTo === undefined ? { subject: topic, body } : { subject: topic, body, replyTo };
}
