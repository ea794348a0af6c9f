import { availableParallelism } from 'node:os';
import { isMainThread, type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { isWasmatrixError, messageOf, WasmatrixError } from '../lib/core/errors.ts';
import type { DeliveryOutcome, ProviderEnvironment } from '../lib/core/provider.ts';
import { systemClock } from '../lib/core/system-clock.ts';
import { FactWriter } from '../lib/protocol/fact-ring.ts';
import { isThreadMessage } from '../lib/protocol/instance-messages.ts';
import { ProviderFigures } from '../lib/protocol/provider-figures.ts';
import type {
  ProviderControl,
  ProviderReply,
  ProviderThreadData,
  ProviderThreadInput,
  ProviderThreadOutput,
  ServingEnd,
} from '../lib/protocol/provider-messages.ts';
import { CallAccount } from '../lib/serving/call-account.ts';
import { CallerSession } from '../lib/serving/caller-session.ts';
import { ChannelWatch } from '../lib/serving/channel-watch.ts';
import { ProviderServer } from '../lib/serving/provider-server.ts';
import { ServingChannel, type ServingPort } from '../lib/serving/serving-channel.ts';
import { exposeControl } from './control-endpoint.ts';
import { loadDefinition } from './provider-source.ts';

if (isMainThread || parentPort === null) {
  throw new Error('provider.worker runs in a worker thread only');
}
const port: MessagePort = parentPort;
const data = workerData as ProviderThreadData;
const post = (message: ProviderThreadOutput): void => port.postMessage(message);
const facts = new FactWriter(data.facts, () => post({ kind: 'wasmatrix.facts' }));
const figures = new ProviderFigures(data.figures);
const account = new CallAccount({
  clock: systemClock,
  figures,
  tell: (fact) => facts.put(fact),
  areCallsRecorded: data.areCallsRecorded,
  measures: data.measures,
  trace: (span) => facts.trace(span),
});
/** How often the thread tells that it is not stuck. */
const BEAT_MS = 100;

const watch = new ChannelWatch({
  cores: availableParallelism(),
  nowMs: () => performance.now(),
  later: (act) => setImmediate(act),
});
let opened: ProviderServer | undefined;

const loading = loadDefinition(data.source);
const deliveries = new Map<number, (outcome: DeliveryOutcome) => void>();
let lastDelivery = 0;

const environment: Omit<ProviderEnvironment, 'inherited'> = {
  providerId: data.providerId,
  deliver(instanceId, message) {
    const deliveryId = ++lastDelivery;
    const { topic, body, replyTo } = message;
    const plain = { topic, body, ...(replyTo === undefined ? {} : { replyTo }) };
    post({ kind: 'wasmatrix.deliver', deliveryId, instanceId, message: plain });
    return new Promise((resolve) => deliveries.set(deliveryId, resolve));
  },
  noteOverflow(instanceId, details) {
    account.overflowed(instanceId, details);
  },
};

function server(): ProviderServer {
  if (opened !== undefined) return opened;
  throw new WasmatrixError('CAPABILITY_NOT_FOUND', 'the provider is not running');
}

/** What an answer comes to, in a form that Comlink leaves as it is. */
async function replyOf<T>(act: () => T | Promise<T>): Promise<ProviderReply<T>> {
  try {
    return { isOk: true, value: await act() };
  } catch (error) {
    const typed = isWasmatrixError(error)
      ? error
      : new WasmatrixError('STORAGE_ERROR', `the provider failed: ${messageOf(error)}`);
    const { code, message, details, timestamp } = typed;
    return { isOk: false, failure: { error_code: code, message, details, timestamp } };
  }
}

const control: ProviderControl = {
  open: (config, inherited) =>
    replyOf(async () => {
      const definition = await loading;
      const { providerId, callTimeoutMs } = data;
      const next = new ProviderServer({
        providerId,
        definition,
        clock: systemClock,
        callTimeoutMs,
        account,
      });
      await next.open(config, { ...environment, inherited });
      opened = next;
      return { providerType: definition.type };
    }),
  checkAssignment: (assignment) =>
    replyOf(() => {
      server().checkAssignment(assignment);
      return undefined;
    }),
  assign: (instanceId, assignment) =>
    replyOf(async () => {
      await server().assign(instanceId, assignment);
      return undefined;
    }),
  revoke: (instanceId, capabilityId) =>
    replyOf(async () => {
      await server().revoke(instanceId, capabilityId);
      return undefined;
    }),
  forget: async (instanceId) => server().forget(instanceId),
  connect: async (instanceId, end) => connect(instanceId, end as ServingEnd<MessagePort>),
  pause: (deadlineMs) => server().pause(deadlineMs),
  resume: async () => server().resume(),
  handOver: () => replyOf(() => server().handOver()),
  metadata: async () => opened?.metadata() ?? {},
  close: () =>
    replyOf(async () => {
      await opened?.close();
      return undefined;
    }),
};

function connect(instanceId: string, end: ServingEnd<MessagePort>): void {
  const session = new CallerSession(instanceId);
  server().admit(session);
  // The life of a guest ends with its thread, and its channel with that.
  end.port.on('close', () => server().dismiss(session));
  const channel = new ServingChannel(
    end as ServingEnd<ServingPort>,
    (call, isTentative) => server().serve(session, call, isTentative),
    (called) => watch.add(called),
  );
  end.port.on('close', () => watch.remove(channel));
}

setInterval(() => figures.beat(), BEAT_MS).unref();

exposeControl(port, control);
port.on('message', (message: unknown) => {
  if (!isThreadMessage(message)) return;
  const input = message as unknown as ProviderThreadInput;
  if (input.kind !== 'wasmatrix.delivered') return;
  deliveries.get(input.deliveryId)?.(input.outcome);
  deliveries.delete(input.deliveryId);
});
void loading.then(
  () => post({ kind: 'wasmatrix.ready' }),
  // It is told to whoever opens it.
  () => post({ kind: 'wasmatrix.ready' }),
);
