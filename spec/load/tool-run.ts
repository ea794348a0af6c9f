import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** How a tool of this room ended, and what it said. */
export interface ToolRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool; its first line of progress may interrupt it. */
export async function toolRun(
  script: string,
  args: readonly string[],
  onFirstProgress: (interrupt: () => void) => void = () => undefined,
): Promise<ToolRun> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const told = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      told[stream] += chunk;
    });
  }
  child.stderr.once('data', () => onFirstProgress(() => child.kill('SIGINT')));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...told };
}
