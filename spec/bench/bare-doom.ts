import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { within } from '../within.ts';
import { newThread, nextMessage } from './bare-threads.ts';

const LONGEST_MS = 20_000;

/** What a bare thread does until it is ended: runs a module with an export `doom`, or waits. */
export type BareDoom = Uint8Array | 'wait';

const RUNNER = `
const { parentPort, workerData } = require('node:worker_threads');
const module = new WebAssembly.Module(workerData);
parentPort.postMessage('up');
new WebAssembly.Instance(module).exports.doom();
`;

const WAITER = `
require('node:worker_threads').parentPort.postMessage('up');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_600_000);
`;

const PARENT_OF_LOOP = `
const { Worker } = require('node:worker_threads');
const loop = "require('node:worker_threads').parentPort.postMessage('up'); for (;;);";
new Worker(loop, { eval: true }).once('message', () => process.send('up'));
`;

/** Something that can be ended, and the moment when it was gone. */
export interface Doomed {
  /** Resolves with `performance.now()` when it is gone. */
  end(): Promise<number>;
}

/** A bare thread in the state of a guest that is to be killed. */
export async function bareDoomedThread(doom: BareDoom): Promise<Doomed> {
  const worker = newThread(doom === 'wait' ? WAITER : RUNNER, doom === 'wait' ? undefined : doom);
  await nextMessage(worker);
  return {
    async end() {
      const gone = once(worker, 'exit').then(() => performance.now());
      await within(worker.terminate(), LONGEST_MS, 'the end of a bare thread');
      return gone;
    },
  };
}

/** A bare process with a thread in an endless loop. */
export async function bareDoomedProcess(): Promise<Doomed> {
  const child: ChildProcess = spawn(process.execPath, ['-e', PARENT_OF_LOOP], {
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const gone = once(child, 'exit').then(() => performance.now());
  await Promise.race([once(child, 'message'), gone]);
  return {
    async end() {
      child.kill('SIGKILL');
      return gone;
    },
  };
}
