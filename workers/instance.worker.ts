import { isMainThread, type MessagePort, parentPort } from 'node:worker_threads';
import type {
  CallOutcome,
  InstanceControl,
  StartRequest,
  ThreadInput,
  ThreadOutput,
} from '../lib/protocol/instance-messages.ts';
import { isThreadMessage } from '../lib/protocol/instance-messages.ts';
import { writeVital } from '../lib/protocol/vitals.ts';
import type { AbiName } from '../lib/wasm/admitted-module.ts';
import { outcomeOf } from './call-outcome.ts';
import { exposeControl } from './control-endpoint.ts';
import type { FuelTank } from './fuel-tank.ts';
import type { Guest } from './guest.ts';
import { guestBinder } from './guest-binder.ts';
import { GuestTrap } from './guest-failure.ts';
import { guestHost } from './guest-host.ts';
import { ReceivedCode } from './received-code.ts';

if (isMainThread || parentPort === null) {
  throw new Error('instance.worker runs in a worker thread only');
}
const port: MessagePort = parentPort;
const received = new ReceivedCode();
let guest: Guest | undefined;
let fuel: FuelTank | undefined;
let noteVitals: () => void = () => undefined;

function post(message: ThreadOutput): void {
  port.postMessage(message);
}

/** Posts an outcome; a value that cannot be cloned becomes a failure instead of silence. */
function postOutcome(outcome: CallOutcome, wrap: (outcome: CallOutcome) => ThreadOutput): void {
  try {
    post(wrap(outcome));
  } catch {
    const message = 'the result has no place in a message';
    post(wrap({ isOk: false, failure: { kind: 'trap', message } }));
  }
}

function vitalsOf(request: StartRequest): () => void {
  const view = new Float64Array(request.vitals);
  const base = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(base);
    writeVital(view, 'cpuMicros', user + system);
    writeVital(view, 'memoryBytes', guest?.memoryBytes() ?? 0);
  };
}

async function start(request: StartRequest): Promise<CallOutcome> {
  const bind = await guestBinder(request.admitted.abi);
  // Of the last guest, where threads are handed on, nothing is left before the next one begins.
  await reset();
  noteVitals = vitalsOf(request);
  const host = guestHost(request, () => noteVitals());
  fuel = host.fuel;
  const outcome = outcomeOf(() => {
    guest = bind(request, host);
  }, fuel);
  noteVitals();
  const run = guest?.run;
  if (outcome.isOk && run !== undefined) setImmediate(runCommand, run);
  return outcome;
}

async function rehearse(request: StartRequest, next: AbiName): Promise<void> {
  vitalsOf(request)();
  await guestBinder(next);
  const bind = await guestBinder(request.admitted.abi);
  bind(
    request,
    guestHost(request, () => undefined),
  );
}

/** Keeps nothing of the guest: the thread may carry another one. */
async function reset(): Promise<void> {
  guest = undefined;
  fuel = undefined;
  noteVitals = () => undefined;
}

function runCommand(run: () => number): void {
  const outcome = outcomeOf(run, fuel);
  noteVitals();
  postOutcome(outcome, (ended) => ({ kind: 'wasmatrix.command-ended', outcome: ended }));
}

function call(exportName: string, args: readonly unknown[]): CallOutcome {
  const outcome = outcomeOf(() => {
    if (guest === undefined) throw new GuestTrap('the thread is no instance yet');
    return guest.invoke(exportName, args);
  }, fuel);
  noteVitals();
  return outcome;
}

exposeControl(port, { rehearse, reset } satisfies InstanceControl);
port.on('message', (message: unknown) => {
  if (!isThreadMessage(message)) return;
  const input = message as ThreadInput;
  // What else comes is Comlink's, or the bootstrap's.
  if (input.kind !== 'wasmatrix.call' && input.kind !== 'wasmatrix.start') return;
  const { callId } = input;
  const answer = (outcome: CallOutcome): void =>
    postOutcome(outcome, (ended) => ({ kind: 'wasmatrix.result', callId, outcome: ended }));
  if (input.kind === 'wasmatrix.call') {
    answer(call(input.exportName, input.args));
    return;
  }
  const { code, request } = input;
  start({ ...request, ...received.receive(code) }).then(answer, (error: unknown) => {
    answer({ isOk: false, failure: { kind: 'link', message: String(error) } });
  });
});
post({ kind: 'wasmatrix.ready' });
