import { isMainThread, type MessagePort, parentPort } from 'node:worker_threads';
import type {
  CallOutcome,
  StartRequest,
  ThreadInput,
  ThreadOutput,
} from '../lib/protocol/instance-messages.ts';
import { isThreadMessage } from '../lib/protocol/instance-messages.ts';
import { writeVital } from '../lib/protocol/vitals.ts';
import { outcomeOf } from './call-outcome.ts';
import type { FuelTank } from './fuel-tank.ts';
import type { Guest } from './guest.ts';
import { GuestBinders } from './guest-binder.ts';
import { GuestTrap } from './guest-failure.ts';
import { guestHost } from './guest-host.ts';
import { ReceivedCode } from './received-code.ts';

if (isMainThread || parentPort === null) {
  throw new Error('instance.worker runs in a worker thread only');
}
const port: MessagePort = parentPort;
const received = new ReceivedCode();
const binders = new GuestBinders();
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

function start(request: StartRequest): CallOutcome {
  const bind = binders.of(request.admitted.abi);
  // Of the last guest, where threads are handed on, nothing is left before the next one begins.
  reset();
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

/** Keeps nothing of the guest: the thread may carry another one. */
function reset(): void {
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

function take(input: ThreadInput): void {
  if ('binder' in input && input.binder !== undefined) binders.load(input.binder);
  switch (input.kind) {
    case 'wasmatrix.prepare':
      received.receive(input.code);
      return;
    case 'wasmatrix.start': {
      const { callId, code, request } = input;
      answer(callId, () => start({ ...request, ...received.receive(code) }));
      return;
    }
    case 'wasmatrix.reset':
      answer(input.callId, () => {
        reset();
        return { isOk: true, value: undefined };
      });
      return;
    case 'wasmatrix.call':
      answer(input.callId, () => call(input.exportName, input.args));
      return;
  }
}

function answer(callId: number, act: () => CallOutcome): void {
  let outcome: CallOutcome;
  try {
    outcome = act();
  } catch (error) {
    outcome = { isOk: false, failure: { kind: 'link', message: String(error) } };
  }
  postOutcome(outcome, (ended) => ({ kind: 'wasmatrix.result', callId, outcome: ended }));
}

port.on('message', (message: unknown) => {
  // What else comes is the bootstrap's.
  if (isThreadMessage(message)) take(message as ThreadInput);
});
post({ kind: 'wasmatrix.ready' });
