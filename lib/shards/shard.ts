import { WasmatrixError } from '../core/errors.ts';
import { settlesWithin } from '../core/settles-within.ts';
import { systemClock } from '../core/system-clock.ts';
import { AgentProcess } from '../processes/agent-process.ts';
import { GuestTable } from '../processes/guest-table.ts';
import type { ProcessGuest } from '../processes/process-guest.ts';
import type { ProcessDemand, ProcessFigures, ProcessReport } from '../protocol/process-messages.ts';
import type { ShardConfig } from '../protocol/shard-config.ts';
import { type ThreadEnd, ThreadGone } from '../threads/thread-end.ts';
import type { ModuleFiles } from './module-files.ts';
import { type ShardModule, ShardModules } from './shard-modules.ts';
import { NO_SHARD, type ShardStats, type ShardStatus } from './shard-stats.ts';
import { Silence } from './silence.ts';

/** A process that has not loaded by then never will. */
const LOAD_DEADLINE_MS = 30_000;
/** A thousand threads start within it on two cores, and the largest module is compiled. */
const LEASE_DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 1_000;
/** How long `stats()` waits for figures that are newer than the last. */
const FIGURES_DEADLINE_MS = 500;

/**
 * Messages that a shard may leave untaken. Each of its guests has a call and an answer under way at the
 * most, so more of them mean that it takes none, while Node would keep them here without limit.
 */
const MAX_BACKLOG = 4_096;
/** What is in them, at which no further call is added: a few large arguments could be gigabytes. */
const MAX_BACKLOG_BYTES = 64 * 1_024 * 1_024;

/** What a shard is made with. */
export interface ShardParts {
  readonly config: ShardConfig;
  readonly files: ModuleFiles;
  /** Whether there is room, or may be, has changed. */
  readonly onChange: () => void;
}

/** A child process that carries residents, as the host sees it. */
export class Shard {
  /** Resolves when it has loaded; rejects with `ThreadGone` when it ended before. */
  readonly loaded: Promise<void>;
  /** Resolves when nothing lives in it any more; never rejects. */
  readonly ended: Promise<ThreadEnd>;
  /** Resolves when the system has taken back what it had. */
  readonly gone: Promise<void>;
  readonly #parts: ShardParts;
  readonly #process: AgentProcess;
  readonly #guests: GuestTable;
  readonly #modules: ShardModules;
  readonly #opening = new Set<ProcessGuest>();
  readonly #silence = new Silence();
  #figures: ProcessFigures = { threads: 0, residentBytes: 0 };
  #onFigures: (() => void)[] = [];
  #hasLoaded = false;
  #timer: NodeJS.Timeout;

  constructor(parts: ShardParts) {
    this.#parts = parts;
    this.#modules = new ShardModules(parts.files, (message) => this.#process.post(message));
    this.#guests = new GuestTable({
      post: (message) => this.#process.post(message),
      // Its neighbours would go with it; whether the shard itself is stuck, its silence tells.
      isAlone: () => false,
      killProcess: () => Promise.resolve(),
      codeFor: (code) => ({ kind: 'known', module: this.#modules.idOf(code) }),
      assertTakesMore: () => this.#assertTakesMore(),
    });
    this.#process = new AgentProcess({
      shard: parts.config,
      onGuest: (report) => {
        this.#heard();
        this.#guests.receive(report);
      },
      onReport: (report) => this.#receive(report),
      onEnd: (end) => this.#lost(end),
    });
    this.loaded = this.#process.loaded;
    this.ended = this.#process.ended;
    this.gone = this.#process.gone;
    // Nobody has to wait for a shard that has no guest.
    this.#process.hold(false);
    this.#timer = setTimeout(() => void this.#process.kill(NOT_LOADED), LOAD_DEADLINE_MS);
    this.#timer.unref();
    this.loaded.then(
      () => this.#watch(),
      () => undefined,
    );
  }

  #watch(): void {
    clearTimeout(this.#timer);
    if (!this.#process.isAlive) return;
    this.#hasLoaded = true;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
    this.#parts.onChange();
  }

  #look(): void {
    const wasOpen = this.isOpen;
    const standing = this.#silence.look();
    if (standing === 'lost') {
      void this.#process.kill(SILENT);
      return;
    }
    // One ping is enough to be answered; more would only add to what it has not taken.
    if (standing === 'well') this.#process.post({ kind: 'wasmatrix.ping' });
    if (wasOpen && !this.isOpen) this.#letGoOfOpening();
  }

  /** Nothing has been begun for those whose threads are still to come: they may go elsewhere. */
  #letGoOfOpening(): void {
    for (const guest of this.#opening) {
      void guest.terminate();
      guest.lost(SUSPECTED);
    }
    this.#parts.onChange();
  }

  #heard(): void {
    const wasOpen = this.isOpen;
    this.#silence.heard();
    if (!wasOpen && this.isOpen) this.#parts.onChange();
  }

  #receive(report: ProcessReport): void {
    this.#heard();
    if (report.kind === 'wasmatrix.module-known') this.#modules.heard(report);
    if (report.kind !== 'wasmatrix.pong') return;
    this.#figures = report;
    for (const tell of this.#onFigures.splice(0)) tell();
  }

  #lost(end: ThreadEnd): void {
    clearTimeout(this.#timer);
    this.#modules.lost(end);
    this.#guests.lost(end);
    for (const tell of this.#onFigures.splice(0)) tell();
    this.#parts.onChange();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Guests that it carries, those included whose threads are still to come. */
  get guests(): number {
    return this.#guests.size;
  }

  get status(): ShardStatus {
    if (!this.#process.isAlive) return 'ended';
    if (!this.#hasLoaded) return 'loading';
    return this.isOpen ? 'ready' : 'suspect';
  }

  /** Whether guests may be sent to it. */
  get isOpen(): boolean {
    const { isAlive, backlog } = this.#process;
    return isAlive && this.#silence.standing === 'well' && backlog < MAX_BACKLOG;
  }

  /**
   * A thread for one guest, whose module the shard has compiled.
   *
   * @throws `RESOURCE_EXHAUSTED` where the shard has no room; `TIMEOUT`; `ThreadGone`.
   */
  async lease(demand: ProcessDemand, module: ShardModule): Promise<ProcessGuest> {
    const { end } = this.#process;
    if (end !== undefined) throw new ThreadGone(end);
    const use = this.#modules.use(module);
    const guest = this.#guests.open(demand);
    this.#process.hold(true);
    void guest.ended.then(() => {
      use.done();
      if (this.#guests.size === 0) this.#process.hold(false);
    });
    this.#opening.add(guest);
    const opened = Promise.all([guest.opened, use.ready]);
    try {
      if (!(await settlesWithin(opened, LEASE_DEADLINE_MS, systemClock))) throw late();
      await opened;
      return guest;
    } catch (error) {
      void guest.terminate();
      throw error;
    } finally {
      this.#opening.delete(guest);
    }
  }

  #assertTakesMore(): void {
    const { backlog, backlogBytes } = this.#process;
    if (backlog >= MAX_BACKLOG) throw notTaken('shard-messages', backlog, MAX_BACKLOG);
    if (backlogBytes < MAX_BACKLOG_BYTES) return;
    throw notTaken('shard-message-bytes', backlogBytes, MAX_BACKLOG_BYTES);
  }

  /** How it is, by figures not older than a moment, unless it does not tell. */
  async stats(): Promise<ShardStats> {
    if (this.status === 'ready') {
      const told = new Promise<void>((resolve) => this.#onFigures.push(resolve));
      this.#process.post({ kind: 'wasmatrix.ping' });
      await settlesWithin(told, FIGURES_DEADLINE_MS, systemClock);
    }
    const { pid, status, guests } = this;
    if (status === 'ended') return NO_SHARD;
    const { threads, residentBytes } = this.#figures;
    return { ...(pid === undefined ? {} : { pid }), status, guests, threads, residentBytes };
  }

  /** Ends it, whatever it does. Resolves when it is gone; idempotent. */
  kill(): Promise<void> {
    return this.#process.kill();
  }
}

const NOT_LOADED = ended(`the shard has not loaded within ${LOAD_DEADLINE_MS} ms`);
const SILENT = ended('the shard did not answer any more and was ended');
const SUSPECTED = ended('the shard does not answer');

function ended(message: string): ThreadEnd {
  return { reason: 'lost', message };
}

function late(): WasmatrixError {
  return new WasmatrixError('TIMEOUT', 'the shard has no thread ready in time', {
    phase: 'loading',
    timeoutMs: LEASE_DEADLINE_MS,
    executed: 'no',
  });
}

function notTaken(resource: string, used: number, limit: number): WasmatrixError {
  return new WasmatrixError('RESOURCE_EXHAUSTED', 'the shard does not take messages', {
    resource,
    used,
    limit,
    executed: 'no',
  });
}
