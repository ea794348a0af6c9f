import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { expect } from 'chai';
import { skipLoudly } from '../skip-loudly.ts';
import { CLI, guestPath, startCli, startCliHost } from './cli-stage.ts';

/** Enough to fill a pipe and whatever waits before it, at two lines each. */
const REQUESTS = 3_000;
const LONG_ID = 'n'.repeat(100);

/** The first line that a process says. */
async function firstLine(child: ChildProcess): Promise<Readonly<Record<string, unknown>>> {
  let text = '';
  for await (const [chunk] of onData(child)) {
    text += String(chunk);
    const [line = '', ...others] = text.split('\n');
    if (others.length > 0) return JSON.parse(line) as Readonly<Record<string, unknown>>;
  }
  throw new Error('nothing was said');
}

async function* onData(child: ChildProcess): AsyncGenerator<readonly unknown[]> {
  while (child.stdout !== null) yield (await once(child.stdout, 'data')) as readonly unknown[];
}

async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

describe('whoever reads what a command says', function () {
  this.timeout(60_000);

  it('may stall on the log of a host, which serves on and ends in good order', async () => {
    const child = startCli(['host', '--json', '--listen', '127.0.0.1:0', '--log-level', 'debug']);
    try {
      const { url } = await firstLine(child);
      for (let done = 0; done < REQUESTS; done += 50) {
        const batch = Array.from({ length: 50 }, async () => {
          const answer = await fetch(`${String(url)}/v1/instances/${LONG_ID}`);
          await answer.arrayBuffer();
          return answer.status;
        });
        expect(new Set(await Promise.all(batch))).to.deep.equal(new Set([404]));
      }
      child.kill('SIGTERM');
      expect(await exitCodeOf(child)).to.equal(0);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('may leave a host, which serves on and ends in good order', async () => {
    const host = await startCliHost(['--summary-seconds', '1']);
    host.child.stdout?.destroy();
    const summaries = new Promise((resolve) => setTimeout(resolve, 2_500));
    await summaries;
    expect((await fetch(`${host.url}/healthz`)).status).to.equal(200);
    host.child.kill('SIGTERM');
    expect((await host.run).code).to.equal(0);
  });

  it('may leave another command, which ends quietly', async () => {
    const child = startCli(['inspect', guestPath('counter-c'), '--json']);
    child.stdout?.destroy();
    let said = '';
    child.stderr?.on('data', (chunk) => (said += String(chunk)));
    expect([await exitCodeOf(child), said]).to.deep.equal([0, '']);
  });

  it('is told by the exit code that a result could not be written', async function () {
    if (!existsSync('/dev/full')) skipLoudly(this, '/dev/full is not there');
    await using full = await open('/dev/full', 'w');
    for (const args of [
      ['inspect', guestPath('core')],
      ['run', guestPath('hello-c')],
    ]) {
      const stdio = ['ignore', full.fd, 'pipe'] as const;
      const child = spawn(process.execPath, [CLI, ...args], { stdio: [...stdio] });
      let said = '';
      child.stderr?.on('data', (chunk) => (said += String(chunk)));
      expect(await exitCodeOf(child)).to.equal(1);
      expect(said).to.equal('STORAGE_ERROR: standard output cannot be written: ENOSPC\n');
    }
  });
});
