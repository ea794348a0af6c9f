import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { constants, getPriority, setPriority } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isThreadMessage } from '../protocol/instance-messages.ts';
import { messageBytes } from '../protocol/message-bytes.ts';
import type {
  GuestReport,
  ProcessInput,
  ProcessOutput,
  ProcessReport,
} from '../protocol/process-messages.ts';
import type { ShardConfig } from '../protocol/shard-config.ts';
import { type ThreadEnd, ThreadGone } from '../threads/thread-end.ts';
import { endOfChild, LastWords } from './child-end.ts';
import { DeathWatch } from './death-watch.ts';

/** Both are bundled by the build, side by side. */
const AGENT = fileURLToPath(new URL('../../workers/guest-agent.cjs', import.meta.url));
const GUEST_BUNDLE = fileURLToPath(new URL('../../workers/instance.worker.cjs', import.meta.url));

/** What is still on its way from a process that has ended arrives within milliseconds. */
const LAST_MESSAGES_MS = 200;

/**
 * What a shard reads to know what there is room for. Each by its name, because what else is told of a
 * process, such as its root folder, leads everywhere.
 */
const FIGURES = [
  ...['status', 'limits', 'maps', 'fd', 'cgroup'].map((name) => `/proc/self/${name}`),
  ...['loadavg', 'meminfo', 'sys/vm/max_map_count'].map((name) => `/proc/${name}`),
  ...['threads-max', 'pid_max'].map((name) => `/proc/sys/kernel/${name}`),
  '/sys/fs/cgroup/*',
];

/**
 * Has a process of guests that nobody trusts yield the processors to the host, which is to end it in time and to
 * serve others beside it. Where the system does not allow that, everything works without.
 */
function standBack(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
    // It has its host's to begin with, which may yield already.
    setPriority(pid, Math.min(PRIORITY_LOW, getPriority(pid) + PRIORITY_BELOW_NORMAL));
  } catch {
    // It has ended already, or may not be changed.
  }
}

/** What a process is, and who hears it. */
export interface AgentOptions {
  /** Makes it a shard. */
  readonly shard?: ShardConfig;
  readonly onGuest: (report: GuestReport) => void;
  readonly onReport?: (report: ProcessReport) => void;
  /** It is gone; heard before `ended` resolves. */
  readonly onEnd: (end: ThreadEnd) => void;
}

/**
 * One child process that runs the agent of guests, which is `guest-agent.ts`. It gets no environment, no
 * standard streams, and by Node's permission model neither files beyond what it runs, nor processes, nor
 * add-ons; since Node 25 no network either.
 */
export class AgentProcess {
  /** Resolves when the process has loaded; rejects with `ThreadGone` when it ended before. */
  readonly loaded: Promise<void>;
  /** Resolves when nothing lives in the process any more; never rejects. */
  readonly ended: Promise<ThreadEnd>;
  /** Resolves when the system has taken back what it had. */
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  readonly #options: AgentOptions;
  readonly #words = new LastWords();
  readonly #loaded = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<ThreadEnd>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #deathWatch: DeathWatch | undefined;
  #backlog = 0;
  #backlogBytes = 0;
  #isHeld = true;
  /** Why we ended it. */
  #verdict: ThreadEnd | undefined;
  #end: ThreadEnd | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.loaded = this.#loaded.promise;
    this.ended = this.#ended.promise;
    this.gone = this.#gone.promise;
    this.loaded.catch(() => undefined);
    this.#child = forked(options.shard);
    if (options.shard === undefined) standBack(this.#child.pid);
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => this.#words.add(chunk));
    this.#child.on('message', (message: unknown) => this.#receive(message));
    // The process could not be made, or a message could not be sent to one that is ending.
    this.#child.on('error', (error) => {
      if (this.#child.pid !== undefined) return;
      this.#settle({ reason: 'lost', message: error.message });
      this.#gone.resolve();
    });
    this.#onGone((code, signal) => {
      this.#settle(this.#verdict ?? endOfChild(code, signal, this.#words.text));
      this.#gone.resolve();
    });
    // A process of few threads is gone in a moment.
    if (options.shard !== undefined && this.#child.pid !== undefined) {
      this.#deathWatch = new DeathWatch(this.#child.pid, () =>
        this.#settle(this.#verdict ?? endOfChild(null, null, this.#words.text)),
      );
    }
  }

  #settle(end: ThreadEnd): void {
    if (this.#end !== undefined) return;
    this.hold(false);
    this.#end = end;
    this.#deathWatch?.close();
    this.#loaded.reject(new ThreadGone(end));
    this.#options.onEnd(end);
    this.#ended.resolve(end);
  }

  /** Calls back when the process has ended and all that it had sent has been heard. */
  #onGone(act: (code: number | null, signal: string | null) => void): void {
    this.#child.once('exit', (code, signal) => {
      let open = 2;
      const closed = (): void => {
        open -= 1;
        if (open === 0) act(code, signal);
      };
      const deadline = setTimeout(() => act(code, signal), LAST_MESSAGES_MS);
      void this.gone.then(() => clearTimeout(deadline));
      this.#child.once('close', closed);
      if (this.#child.connected) this.#child.once('disconnect', closed);
      else closed();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return this.#end === undefined && this.#verdict === undefined;
  }

  /** How it ended. */
  get end(): ThreadEnd | undefined {
    return this.#end;
  }

  /** Messages that the process has not taken yet: Node keeps them here, however many they are. */
  get backlog(): number {
    return this.#backlog;
  }

  /** About what is in them. */
  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  /** Whether the process keeps its host alive. */
  hold(isHeld: boolean): void {
    // Who ends it waits until it is gone.
    if (this.#verdict === undefined) this.#hold(isHeld);
  }

  #hold(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    const stderr = this.#child.stderr as Socket | null;
    for (const each of [this.#child, this.#child.channel, stderr]) {
      if (isHeld) each?.ref();
      else each?.unref();
    }
  }

  post(message: ProcessInput): void {
    // What cannot be sent any more is answered by the end, which is on its way.
    if (!this.#child.connected) return;
    const bytes = messageBytes(message);
    this.#backlog += 1;
    this.#backlogBytes += bytes;
    this.#child.send(message, () => {
      this.#backlog -= 1;
      this.#backlogBytes -= bytes;
    });
  }

  #receive(message: unknown): void {
    if (!isThreadMessage(message)) return;
    const output = message as unknown as ProcessOutput;
    if ('guest' in output) this.#options.onGuest(output);
    else if (output.kind === 'wasmatrix.loaded') this.#loaded.resolve();
    else this.#options.onReport?.(output);
  }

  /**
   * Ends the process and all guests in it, whatever they do. Resolves when it is gone; idempotent.
   *
   * @param verdict - what is told to whoever had a guest in it.
   */
  async kill(verdict: ThreadEnd = ENDED): Promise<void> {
    this.#verdict ??= verdict;
    this.#hold(true);
    this.#child.kill('SIGKILL');
    await this.gone;
  }
}

const ENDED: ThreadEnd = { reason: 'terminated', message: 'the process was ended' };

function forked(shard: ShardConfig | undefined): ChildProcess {
  const folder = dirname(AGENT);
  const readable = [
    `${folder}/*`,
    ...(shard === undefined ? [] : [`${shard.folder}/*`, ...FIGURES]),
  ];
  return fork(AGENT, [GUEST_BUNDLE, ...(shard === undefined ? [] : [JSON.stringify(shard)])], {
    cwd: folder,
    // On glibc each thread would otherwise leave pages behind in an arena of its own.
    env: shard === undefined ? {} : { MALLOC_ARENA_MAX: '1' },
    execArgv: [
      '--no-warnings',
      '--permission',
      '--allow-worker',
      ...readable.map((path) => `--allow-fs-read=${path}`),
    ],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
}
