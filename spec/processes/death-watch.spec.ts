import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { DeathWatch, isDying } from '../../lib/processes/death-watch.ts';
import { TELLS_CHILDREN } from '../e2e/child-processes.ts';
import { skipLoudly } from '../skip-loudly.ts';

/** What the system says of a task, with the fields that matter. */
function stat(state: string, flags: number, pending: number): string {
  const rest = Array.from({ length: 50 }, () => '0');
  rest[0] = state;
  rest[6] = String(flags);
  rest[28] = String(pending);
  return `12 (a) b) R 1) ${rest.join(' ')}\n`;
}

describe('the watch for the death of a process', () => {
  it('knows one that has been killed, and none that only sleeps or stands still', () => {
    expect(isDying(stat('S', 0x400000, 0))).to.equal(false);
    expect(isDying(stat('T', 0x400000, 1 << 18))).to.equal(false);
    expect(isDying(stat('Z', 0, 0))).to.equal(true);
    expect(isDying(stat('R', 0x400004, 0))).to.equal(true);
    expect(isDying(stat('R', 0x400000, 1 << 8))).to.equal(true);
    expect(isDying('')).to.equal(false);
  });

  it('tells once, and nothing when it is closed before', async function () {
    if (!TELLS_CHILDREN) skipLoudly(this, 'the system does not tell');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const exited = once(child, 'exit');
    const told: string[] = [];
    const closed = new DeathWatch(child.pid as number, () => told.push('closed'));
    closed.close();
    const dead = new Promise<void>((resolve) => {
      const watch = new DeathWatch(child.pid as number, () => {
        told.push('dead');
        resolve();
      });
      void exited.then(() => {
        watch.close();
        resolve();
      });
    });
    child.kill('SIGKILL');
    await Promise.all([dead, exited]);
    expect(told).to.not.include('closed');
  });
});
