import type { Budget } from './budget.ts';
import { HttpFailure } from './http-failure.ts';
import { type OpeningParts, openSocket } from './open-socket.ts';
import type { CheckedTarget } from './target-check.ts';
import { originOf } from './target-url.ts';
import type { Connection } from './undici-connection.ts';

/**
 * Whose connections are meant: one life of one instance by one grant. Nobody else is ever given them,
 * so whatever was allowed to open one is what uses it.
 *
 * @internal
 */
export interface ConnectionOwner {
  readonly instanceId: string;
}

/**
 * A connection lent for one request.
 *
 * @internal
 */
export interface Lease {
  readonly connection: Connection;
  /** Whether it has served a request before, so that its server may have left it meanwhile. */
  readonly isUsed: boolean;
  /** Gives it back for another request, or closes it. Idempotent. */
  end(isReusable: boolean): void;
}

interface Entry {
  readonly owner: ConnectionOwner;
  readonly key: string;
  readonly connection: Connection;
  readonly giveBack: () => void;
  isGone: boolean;
  isUsed: boolean;
}

/**
 * The connections of a provider. One is used again only by its owner, for the same origin, and while
 * the name still has the very same addresses, all of them judged anew.
 *
 * @internal
 */
export class ConnectionPool {
  readonly #budget: Budget;
  readonly #parts: OpeningParts;
  readonly #maxHeaderBytes: number;
  /** The longest idle first. */
  readonly #idle = new Set<Entry>();
  readonly #busy = new Set<Entry>();
  readonly #closing = new Set<Promise<void>>();
  #newConnection: typeof Connection | undefined;

  constructor(budget: Budget, parts: OpeningParts, maxHeaderBytes: number) {
    this.#budget = budget;
    this.#parts = parts;
    this.#maxHeaderBytes = maxHeaderBytes;
  }

  /**
   * Makes it ready to lend. The client is loaded with the first request and no sooner: it takes a tenth
   * of a second and some 25 MB, which a supervisor without guests that make requests need not pay.
   */
  async ready(): Promise<void> {
    this.#newConnection ??= (await import('./undici-connection.ts')).Connection;
  }

  /**
   * @param connectMs - longest wait for a connection, where one has to be opened.
   * @param isNew - whether none that was used before will do.
   * @throws `HttpFailure` `connection-limit-reached`
   */
  lease(owner: ConnectionOwner, target: CheckedTarget, connectMs: number, isNew: boolean): Lease {
    const key = keyOf(target);
    const found = isNew ? undefined : this.#findIdle(owner, key);
    const entry = found ?? this.#open(owner, key, target, connectMs);
    this.#idle.delete(entry);
    this.#busy.add(entry);
    const { connection, isUsed } = entry;
    let hasEnded = false;
    return {
      connection,
      isUsed,
      end: (isReusable) => {
        if (hasEnded) return;
        hasEnded = true;
        this.#busy.delete(entry);
        entry.isUsed = true;
        if (isReusable && !entry.isGone) this.#idle.add(entry);
        else this.#close(entry);
      },
    };
  }

  /** Closes what is kept for an owner; what is lent is closed when it comes back. */
  forget(owner: ConnectionOwner): void {
    for (const entry of this.#idle) if (entry.owner === owner) this.#close(entry);
  }

  /** Closes everything; resolves when every socket is gone. */
  async close(): Promise<void> {
    for (const entry of [...this.#idle, ...this.#busy]) this.#close(entry);
    await Promise.all(this.#closing);
  }

  #findIdle(owner: ConnectionOwner, key: string): Entry | undefined {
    let found: Entry | undefined;
    // The last one was used last, and is the least likely to have been left by its server.
    for (const entry of this.#idle) if (entry.owner === owner && entry.key === key) found = entry;
    return found;
  }

  #open(owner: ConnectionOwner, key: string, target: CheckedTarget, connectMs: number): Entry {
    if (this.#newConnection === undefined) throw new HttpFailure('internal-error', 'not ready');
    this.#makeRoom(owner);
    const connection = new this.#newConnection(
      originOf(target),
      (signal) => openSocket(target, connectMs, this.#parts, signal),
      this.#maxHeaderBytes,
      () => this.#gone(entry),
    );
    const giveBack = this.#budget.takeConnection(owner.instanceId);
    const entry: Entry = { owner, key, connection, giveBack, isGone: false, isUsed: false };
    return entry;
  }

  /** Idle connections are a convenience: they give way, the instance's own to its own limit first. */
  #makeRoom({ instanceId }: ConnectionOwner): void {
    for (;;) {
      const limit = this.#budget.connectionLimit(instanceId);
      if (limit === undefined) return;
      const victim = [...this.#idle].find(
        (entry) => limit === 'total' || entry.owner.instanceId === instanceId,
      );
      if (victim === undefined) {
        throw new HttpFailure('connection-limit-reached', 'no more connections may be open');
      }
      this.#close(victim);
    }
  }

  #gone(entry: Entry): void {
    entry.isGone = true;
    if (this.#idle.has(entry)) this.#close(entry);
  }

  #close(entry: Entry): void {
    this.#idle.delete(entry);
    this.#busy.delete(entry);
    entry.isGone = true;
    entry.giveBack();
    const closing = entry.connection.destroy().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

function keyOf(target: CheckedTarget): string {
  return [originOf(target), ...[...target.addresses].sort()].join(' ');
}
