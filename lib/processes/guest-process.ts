import { type ChildProcess, fork } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isThreadMessage } from '../protocol/instance-messages.ts';
import type { ProcessInput, ProcessOutput } from '../protocol/process-messages.ts';
import { type ThreadEnd, ThreadGone } from '../threads/thread-end.ts';
import { endOfChild, LastWords } from './child-end.ts';
import { ProcessGuest } from './process-guest.ts';

/** Both are bundled by the build, side by side. */
const AGENT = fileURLToPath(new URL('../../workers/guest-agent.cjs', import.meta.url));
const GUEST_BUNDLE = fileURLToPath(new URL('../../workers/instance.worker.cjs', import.meta.url));

/** What is still on its way from a process that has ended arrives within milliseconds. */
const LAST_MESSAGES_MS = 200;

/**
 * One child process that carries guests. It gets no environment, no standard streams, and by Node's
 * permission model neither files beyond its own code, nor processes, nor add-ons; since Node 25 no
 * network either.
 */
export class GuestProcess {
  /** Resolves when the process has loaded; rejects with `ThreadGone` when it ended before. */
  readonly loaded: Promise<void>;
  /** Resolves when the process is gone; never rejects. */
  readonly ended: Promise<ThreadEnd>;
  readonly #child: ChildProcess;
  readonly #guests = new Map<number, ProcessGuest>();
  readonly #words = new LastWords();
  #lastGuest = 0;
  #wasKilled = false;
  #end: ThreadEnd | undefined;

  constructor() {
    const loaded = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<ThreadEnd>();
    this.loaded = loaded.promise;
    this.ended = ended.promise;
    this.loaded.catch(() => undefined);
    this.#child = fork(AGENT, [GUEST_BUNDLE], {
      cwd: dirname(AGENT),
      env: {},
      execArgv: [
        '--no-warnings',
        '--permission',
        '--allow-worker',
        `--allow-fs-read=${dirname(AGENT)}/*`,
      ],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => this.#words.add(chunk));
    this.#child.on('message', (message: unknown) => this.#receive(message, loaded.resolve));
    const settle = (end: ThreadEnd): void => {
      if (this.#end !== undefined) return;
      this.#end = end;
      loaded.reject(new ThreadGone(end));
      for (const guest of this.#guests.values()) guest.lost(end);
      this.#guests.clear();
      ended.resolve(end);
    };
    // The process could not be made, or a message could not be sent to one that is ending.
    this.#child.on('error', (error) => {
      if (this.#child.pid === undefined) settle({ reason: 'lost', message: error.message });
    });
    this.#onGone((code, signal) => {
      settle(endOfChild(code, signal, this.#wasKilled, this.#words.text));
    });
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
      void this.ended.then(() => clearTimeout(deadline));
      this.#child.once('close', closed);
      if (this.#child.connected) this.#child.once('disconnect', closed);
      else closed();
    });
  }

  get isAlive(): boolean {
    return this.#end === undefined && !this.#wasKilled;
  }

  /** Guests that it carries. */
  get size(): number {
    return this.#guests.size;
  }

  /**
   * A thread in the process for one guest.
   *
   * @param heapMb - old generation of its heap, in MiB.
   */
  open(heapMb: number): ProcessGuest {
    const id = ++this.#lastGuest;
    const guest = new ProcessGuest(id, {
      post: (message) => this.#post(message),
      isAlone: () => this.#guests.size <= 1,
      killProcess: () => this.kill(),
    });
    this.#guests.set(id, guest);
    void guest.ended.then(() => {
      this.#guests.delete(id);
      if (this.#guests.size === 0) void this.kill();
    });
    if (this.#end === undefined) this.#post({ kind: 'wasmatrix.open', guest: id, heapMb });
    else guest.lost(this.#end);
    return guest;
  }

  #post(message: ProcessInput): void {
    // What cannot be sent any more is answered by the end, which is on its way.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #receive(message: unknown, onLoaded: () => void): void {
    if (!isThreadMessage(message)) return;
    const output = message as unknown as ProcessOutput;
    if (output.kind === 'wasmatrix.loaded') onLoaded();
    else this.#guests.get(output.guest)?.receive(output);
  }

  /** Ends the process and all guests in it, whatever they do. Resolves when it is gone; idempotent. */
  async kill(): Promise<void> {
    this.#wasKilled = true;
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}
