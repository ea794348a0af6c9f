import type { ProcessDemand } from '../protocol/process-messages.ts';
import type { ThreadEnd } from '../threads/thread-end.ts';
import { AgentProcess } from './agent-process.ts';
import { GuestTable } from './guest-table.ts';
import type { ProcessGuest } from './process-guest.ts';

/** A child process for one guest, or for few that share it; it ends with the last of them. */
export class GuestProcess {
  /** Resolves when the process has loaded; rejects with `ThreadGone` when it ended before. */
  readonly loaded: Promise<void>;
  /** Resolves when the process is gone; never rejects. */
  readonly ended: Promise<ThreadEnd>;
  readonly #process: AgentProcess;
  readonly #guests: GuestTable;

  constructor() {
    this.#guests = new GuestTable({
      post: (message) => this.#process.post(message),
      isAlone: () => this.#guests.size <= 1,
      killProcess: () => this.kill(),
      codeFor: (code, admitted) => {
        if (code.kind !== 'bytes') throw new Error('a process takes code as bytes only');
        return { kind: 'bytes', admitted, coreModules: code.coreModules };
      },
    });
    this.#process = new AgentProcess({
      onGuest: (report) => this.#guests.receive(report),
      onEnd: (end) => this.#guests.lost(end),
    });
    this.loaded = this.#process.loaded;
    this.ended = this.#process.ended;
  }

  get isAlive(): boolean {
    return this.#process.isAlive;
  }

  /** Guests that it carries. */
  get size(): number {
    return this.#guests.size;
  }

  /** A thread in the process for one guest. */
  open(demand: ProcessDemand): ProcessGuest {
    const guest = this.#guests.open(demand);
    void guest.ended.then(() => {
      if (this.#guests.size === 0) void this.kill();
    });
    const { end } = this.#process;
    if (end !== undefined) guest.lost(end);
    return guest;
  }

  /** Ends the process and all guests in it, whatever they do. Resolves when it is gone; idempotent. */
  kill(): Promise<void> {
    return this.#process.kill();
  }
}
