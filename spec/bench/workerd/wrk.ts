import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Enough that nobody waits for the load generator, and few enough that one thread of it has time for them. */
const CONNECTIONS = 16;

/** What is asked for again and again. */
export interface LoadRequest {
  readonly url: string;
  /** Sent as JSON by POST; absent for a GET. */
  readonly json?: string;
}

/** What a run of `wrk` counted. */
interface LoadCount {
  readonly requests: number;
  /** Microseconds of the whole run. */
  readonly durationUs: number;
  readonly failures: number;
}

const SCRIPT = `
wrk.method = os.getenv('LOAD_JSON') and 'POST' or 'GET'
wrk.body = os.getenv('LOAD_JSON')
if wrk.body then wrk.headers['content-type'] = 'application/json' end
done = function(summary)
  local e = summary.errors
  io.write(string.format('\\nCOUNT {"requests":%d,"durationUs":%d,"failures":%d}\\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
`;

/** Debian's `wrk`, one thread of it. */
export class Wrk implements AsyncDisposable {
  readonly #folder: string;
  readonly #script: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#script = join(folder, 'load.lua');
  }

  /** Undefined where it is not installed. */
  static async open(): Promise<Wrk | undefined> {
    try {
      await run('wrk', ['-v']);
    } catch (error) {
      // Asked for its version, it tells it and fails nevertheless.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    }
    const wrk = new Wrk(await mkdtemp(join(tmpdir(), 'wasmatrix-wrk-')));
    await writeFile(wrk.#script, SCRIPT);
    return wrk;
  }

  /**
   * Asks without a pause for so many whole seconds, and answers how many microseconds a request took on average
   * while so many were under way at once: the inverse of requests a second.
   *
   * @throws when a single request failed, or was answered by another status than 2xx.
   */
  async microsecondsEach(
    { url, json }: LoadRequest,
    seconds: number,
    signal: AbortSignal,
  ): Promise<number> {
    const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', this.#script, url];
    const { LOAD_JSON: _, ...rest } = process.env;
    const env = json === undefined ? rest : { ...rest, LOAD_JSON: json };
    const { stdout } = await run('wrk', args, { env, signal, timeout: (seconds + 20) * 1_000 });
    const told = /^COUNT (.*)$/m.exec(stdout)?.[1];
    if (told === undefined) throw new Error(`wrk said: ${stdout}`);
    const { requests, durationUs, failures } = JSON.parse(told) as LoadCount;
    if (failures > 0 || requests === 0) throw new Error(`${url}: ${told}`);
    return durationUs / requests;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
