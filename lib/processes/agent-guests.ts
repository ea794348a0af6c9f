import { isWasmatrixError, messageOf, WasmatrixError } from '../core/errors.ts';
import type { GuestOrder, ProcessDemand, ProcessOutput } from '../protocol/process-messages.ts';
import { ThreadGone } from '../threads/thread-end.ts';
import { AgentGuest } from './agent-guest.ts';
import type { AgentModules } from './agent-modules.ts';
import type { AgentThreads } from './agent-threads.ts';

/** What the guests of a process share. */
export interface AgentParts {
  readonly threads: AgentThreads;
  readonly modules: AgentModules;
  readonly post: (message: ProcessOutput) => void;
}

/** The guests of a process by their numbers: makes a thread for each and takes them what they are told. */
export class AgentGuests {
  readonly #parts: AgentParts;
  readonly #guests = new Map<number, AgentGuest>();
  /** Their threads are on the way; `false` once the host has given them up. */
  readonly #opening = new Map<number, boolean>();

  constructor(parts: AgentParts) {
    this.#parts = parts;
  }

  receive(message: GuestOrder): void {
    if (message.kind === 'wasmatrix.open') {
      void this.#open(message.guest, message);
      return;
    }
    const guest = this.#guests.get(message.guest);
    switch (message.kind) {
      case 'wasmatrix.start':
        void guest?.start(message.request);
        return;
      case 'wasmatrix.call':
        void guest?.call(message.callId, message.exportName, message.args);
        return;
      case 'wasmatrix.route':
        guest?.route(message.route);
        return;
      case 'wasmatrix.mapping':
        guest?.map(message.mapping);
        return;
      case 'wasmatrix.wake':
        guest?.wake();
        return;
      case 'wasmatrix.answer':
        guest?.answer(message);
        return;
      case 'wasmatrix.end':
        this.#end(message.guest);
        return;
    }
  }

  async #open(guest: number, demand: ProcessDemand): Promise<void> {
    const { threads, modules } = this.#parts;
    this.#opening.set(guest, true);
    try {
      const thread = await threads.lease(demand);
      if (this.#opening.get(guest) !== true) {
        await threads.reap(thread);
        this.#post({ kind: 'wasmatrix.gone', guest, ...GIVEN_UP });
        return;
      }
      const carried = new AgentGuest(guest, thread, { modules, threads }, (message) =>
        this.#post(message),
      );
      if (!thread.isAlive) return;
      this.#guests.set(guest, carried);
      this.#post({ kind: 'wasmatrix.opened', guest });
    } catch (error) {
      this.#refuse(guest, error);
    } finally {
      this.#opening.delete(guest);
    }
  }

  #refuse(guest: number, error: unknown): void {
    if (error instanceof ThreadGone) {
      this.#post({ kind: 'wasmatrix.gone', guest, ...error.end });
      return;
    }
    const refusal = isWasmatrixError(error)
      ? error
      : new WasmatrixError('CRASH_DETECTED', messageOf(error));
    this.#post({ kind: 'wasmatrix.refused', guest, error: refusal.toJSON() });
  }

  #end(guest: number): void {
    if (this.#opening.has(guest)) this.#opening.set(guest, false);
    this.#guests.get(guest)?.end();
  }

  #post(message: ProcessOutput): void {
    if (message.kind === 'wasmatrix.gone') this.#guests.delete(message.guest);
    this.#parts.post(message);
  }
}

const GIVEN_UP = { reason: 'terminated', message: 'the thread was terminated' } as const;
