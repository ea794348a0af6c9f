import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../repository-root.ts';

/** The command as it is published. */
export const CLI = join(REPOSITORY_ROOT, 'dist', 'lib', 'cli', 'main.js');

/** One of the guests of the specs. */
export const guestPath = (name: string): string =>
  join(REPOSITORY_ROOT, 'spec', 'guests', 'built', `${name}.wasm`);

/** How a command ended, and what it said. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface CliOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Nothing of what the specs were started with reaches the command. */
function environment(given: Readonly<Record<string, string>> = {}): Record<string, string> {
  const own = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/^(WASMATRIX_|FORCE_COLOR$)/.test(entry[0]),
  );
  return { ...Object.fromEntries(own), NO_COLOR: '1', ...given };
}

/** Starts the command, and leaves it running. */
export function startCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  return spawn(process.execPath, [CLI, ...args], {
    cwd: options.cwd ?? REPOSITORY_ROOT,
    env: environment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Collects what a process says until it ends. */
export async function ended(child: ChildProcess): Promise<CliRun> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => (texts[name] += chunk));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

/** Runs the command to its end. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const child = startCli(args, options);
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input ?? '');
  return ended(child);
}

/** A host as a process of its own. */
export interface CliHost {
  readonly url: string;
  readonly triggerUrl?: string;
  readonly child: ChildProcess;
  /** Resolves when it has ended. */
  readonly run: Promise<CliRun>;
  /** Runs the command against it. */
  ask(...args: string[]): Promise<CliRun>;
}

/** Starts a host on a free port, and waits until it listens. */
export async function startCliHost(
  args: readonly string[] = [],
  options: CliOptions = {},
): Promise<CliHost> {
  const child = startCli(['host', '--json', '--listen', '127.0.0.1:0', ...args], options);
  const run = ended(child);
  const { promise: first, resolve } = Promise.withResolvers<string>();
  let text = '';
  child.stdout?.on('data', (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end !== -1) resolve(text.slice(0, end));
  });
  const line = await Promise.race([
    first,
    run.then(({ stderr }) => Promise.reject(new Error(stderr))),
  ]);
  const { url, triggerUrl } = JSON.parse(line) as { url: string; triggerUrl?: string };
  return {
    url,
    ...(triggerUrl === undefined ? {} : { triggerUrl }),
    child,
    run,
    ask: (...asked) => cli(asked, { env: { WASMATRIX_URL: url } }),
  };
}

/** A host for the duration of one function; ended in good order. */
export async function withCliHost<T>(
  use: (host: CliHost) => Promise<T>,
  args: readonly string[] = [],
  options: CliOptions = {},
): Promise<T> {
  const host = await startCliHost(args, options);
  try {
    return await use(host);
  } finally {
    host.child.kill('SIGTERM');
    await host.run;
  }
}

/** The lines of JSON that a command has printed. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
