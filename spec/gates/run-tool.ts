import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { REPOSITORY_ROOT } from '../repository-root.ts';

/** How a tool ended and what it said. */
export interface ToolRun {
  readonly code: number;
  readonly stdout: string;
  /** Both streams, for messages. */
  readonly output: string;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Runs a program with this very Node first on the path; a failure is a result, not an exception. */
export function run(file: string, args: readonly string[], cwd: string): Promise<ToolRun> {
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const env = { ...process.env, PATH: path, NO_COLOR: '1' };
  const { promise, resolve } = Promise.withResolvers<ToolRun>();
  const options = { cwd, env, maxBuffer: MAX_OUTPUT_BYTES };
  execFile(file, args, options, (error, stdout, stderr) => {
    const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
    resolve({ code, stdout, output: `${stdout}${stderr}` });
  });
  return promise;
}

/** Runs one of the installed tools. */
export function runTool(
  name: string,
  args: readonly string[],
  cwd: string = REPOSITORY_ROOT,
): Promise<ToolRun> {
  return run(join(REPOSITORY_ROOT, 'node_modules', '.bin', name), args, cwd);
}

/** Runs npm, the one that started this run where there is one. */
export function runNpm(args: readonly string[], cwd: string): Promise<ToolRun> {
  const script = process.env['npm_execpath'];
  return script === undefined
    ? run('npm', args, cwd)
    : run(process.execPath, [script, ...args], cwd);
}

/** A folder outside of the repository, gone when it is disposed of. */
export class ScratchFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async with(files: Readonly<Record<string, string>>): Promise<ScratchFolder> {
    const folder = new ScratchFolder(await mkdtemp(join(tmpdir(), 'wasmatrix-gate-')));
    for (const [name, content] of Object.entries(files)) await folder.write(name, content);
    return folder;
  }

  async write(name: string, content: string): Promise<void> {
    const file = join(this.path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
