import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { HostileGuest } from './hostile-guest.ts';
import type { HostileReport } from './hostile-run.ts';

const CHILD = fileURLToPath(new URL('./hostile-child.js', import.meta.url));
/** Building the guest, its deadlines and every bound, with a host in between that is not idle. */
const APART_MS = 45_000;
const STDERR_KEPT = 4_000;

/** Lets a guest loose in a process of its own, which is ended afterwards, whatever became of it. */
export async function runApart({ title }: HostileGuest): Promise<HostileReport> {
  const child = fork(CHILD, [title], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  let stderr = '';
  child.stderr?.on('data', (text: Buffer) => {
    stderr = `${stderr}${text.toString()}`.slice(0, STDERR_KEPT);
  });
  const { promise, resolve } = Promise.withResolvers<HostileReport>();
  const broken = (problem: string): void =>
    resolve({ title, outcome: undefined, elapsedMs: 0, neighbourMs: 0, problems: [problem] });
  const deadline = setTimeout(() => broken(`nothing was heard for ${APART_MS} ms`), APART_MS);
  child.once('message', (report) => resolve(report as HostileReport));
  child.once('close', (code, signal) => {
    const reason = /^.*(?:fatal|error).*$/imu.exec(stderr)?.[0] ?? '';
    broken(`the process ended by ${signal ?? `code ${code}`}: ${reason.trim()}`);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(deadline);
    child.kill('SIGKILL');
  }
}
