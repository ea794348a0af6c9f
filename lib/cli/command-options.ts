import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Supervisor } from '../actors/supervisor.ts';
import { invalidField, isWasmatrixError, WasmatrixError } from '../core/errors.ts';
import { Terminal } from './terminal.ts';

/** What every command has. */
export interface CommonOptions {
  readonly json?: true;
}

/** What every command has that asks a host. */
export interface ClientOptions extends CommonOptions {
  readonly url: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
}

/** Adds `--json`. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON instead of text');
}

/** Adds what says which host is asked. */
export function withHost(command: Command): Command {
  return withJson(command)
    .addOption(
      new Option('--url <url>', 'the host to ask')
        .env('WASMATRIX_URL')
        .default('http://127.0.0.1:7070'),
    )
    .addOption(
      new Option('--token <token>', 'the bearer token; others may see command lines').env(
        'WASMATRIX_TOKEN',
      ),
    )
    .option('--token-file <file>', 'a file that has the bearer token')
    .option('--ca <file>', 'certificates to trust, in PEM');
}

/** Does something at a host, and lets go of it. */
export async function atHost<T>(
  options: ClientOptions,
  use: (supervisor: Supervisor, terminal: Terminal) => Promise<T>,
): Promise<T> {
  const terminal = new Terminal(options.json);
  const { connectSupervisor } = await import('../index.ts');
  const token = options.tokenFile === undefined ? options.token : fileText(options.tokenFile);
  const supervisor = await connectSupervisor(options.url, {
    ...(token === undefined ? {} : { token: token.trim() }),
    ...(options.ca === undefined ? {} : { ca: fileText(options.ca) }),
  }).catch((error: unknown) => {
    throw withHint(error, options.url);
  });
  try {
    return await use(supervisor, terminal);
  } finally {
    await supervisor.close();
  }
}

function withHint(error: unknown, url: string): unknown {
  if (!isWasmatrixError(error)) return error;
  const hint =
    error.code === 'CRASH_DETECTED'
      ? `No host answers at ${url}. Start one by "wasmatrix host", or name another by --url or WASMATRIX_URL.`
      : error.code === 'PERMISSION_DENIED'
        ? 'The host wants another token: --token-file, or WASMATRIX_TOKEN.'
        : undefined;
  if (hint === undefined) return error;
  return new WasmatrixError(
    error.code,
    error.message,
    { ...error.details, hint },
    { cause: error },
  );
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalidField('file', `${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Reads an option that is a number of something. */
export function countOf(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It has to be a whole number.');
  }
  return value;
}

/** Collects an option `K=V` that can be given several times. */
export function pairInto(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It has to be NAME=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** Collects an option that can be given several times, or with commas. */
export function listInto(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...text.split(',').filter((each) => each !== '')];
}
