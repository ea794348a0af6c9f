import type { ExecutionEvent } from '../../core/execution-event.ts';
import type { InstanceRow } from './instance-row.ts';

/** Facts that are remembered until the next list; a list that comes later than that tells all of them. */
const MOST_RECENT = 20_000;

/** Every instance as the page knows it: a list that was loaded, and the facts since. */
export class Fleet {
  readonly #rows = new Map<string, InstanceRow>();
  /** What was heard and the next list may not know yet. */
  #recent: ExecutionEvent[] = [];

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): InstanceRow | undefined {
    return this.#rows.get(id);
  }

  rows(): Iterable<InstanceRow> {
    return this.#rows.values();
  }

  /**
   * Takes a whole list. Facts that were heard while it was on its way are taken once more.
   *
   * @param lastSeq - the newest fact that the list surely knows.
   * @returns the ids of which something is other than before.
   */
  load(rows: readonly InstanceRow[], lastSeq: number): ReadonlySet<string> {
    const changed = new Set<string>();
    const listed = new Set(rows.map(({ id }) => id));
    for (const id of this.#rows.keys()) {
      if (!listed.has(id)) {
        this.#rows.delete(id);
        changed.add(id);
      }
    }
    for (const row of rows) {
      if (isSame(this.#rows.get(row.id), row)) continue;
      this.#rows.set(row.id, row);
      changed.add(row.id);
    }
    this.#recent = this.#recent.filter(({ seq }) => seq > lastSeq);
    for (const event of this.#recent) {
      const id = this.#take(event);
      if (id !== undefined) changed.add(id);
    }
    return changed;
  }

  /** Numbers of facts begin anew: another host is there. */
  forgetFacts(): void {
    this.#recent = [];
  }

  /**
   * Takes one fact. What a fact does not tell, such as a state that is passed through, comes with the next list.
   *
   * @returns the id of the instance, if something of it is other than before.
   */
  apply(event: ExecutionEvent): string | undefined {
    this.#recent.push(event);
    if (this.#recent.length > MOST_RECENT) this.#recent = this.#recent.slice(-MOST_RECENT / 2);
    return this.#take(event);
  }

  #take(event: ExecutionEvent): string | undefined {
    const { instanceId: id } = event;
    if (id === undefined) return undefined;
    const former = this.#rows.get(id);
    const next = rowAfter(former, id, event);
    if (next === former) return undefined;
    if (next === undefined) this.#rows.delete(id);
    else this.#rows.set(id, next);
    return id;
  }
}

function isSame(one: InstanceRow | undefined, other: InstanceRow): boolean {
  return (
    one !== undefined &&
    one.lifecycle === other.lifecycle &&
    one.restarts === other.restarts &&
    one.name === other.name &&
    one.group === other.group
  );
}

function rowAfter(
  former: InstanceRow | undefined,
  id: string,
  { type, groupId, details }: ExecutionEvent,
): InstanceRow | undefined {
  const { name, restarts, residency, willRestart, reason, why } = details;
  const row = former ?? {
    id,
    ...(typeof name === 'string' ? { name } : {}),
    ...(groupId === undefined ? {} : { group: groupId }),
    lifecycle: '',
    restarts: 0,
  };
  // Who waits for a restart waits for its group, if it has one.
  const waiting = row.group === undefined ? 'backoff' : 'held';
  switch (type) {
    case 'instance_started': {
      return moved(row, residency === 'on-demand' ? 'asleep' : 'up.running', 0);
    }
    case 'instance_restarted': {
      return moved(row, 'up.running', typeof restarts === 'number' ? restarts : row.restarts + 1);
    }
    case 'instance_crashed': {
      return moved(row, willRestart === true ? waiting : 'failed');
    }
    case 'instance_stopped': {
      if (willRestart === true) return moved(row, waiting);
      // Who was stopped on request is listed no more.
      return reason === 'exited' ? moved(row, 'completed') : undefined;
    }
    case 'instance_failed': {
      return why === 'start-failed' ? undefined : moved(row, 'failed');
    }
    case 'capability_assigned':
    case 'capability_revoked':
    case 'capability_denied':
    case 'capability_called':
    case 'provider_started':
    case 'provider_stopped':
    case 'provider_crashed':
    case 'provider_updated':
    case 'admission_refused':
    case 'mailbox_overflowed': {
      return former;
    }
  }
}

function moved(row: InstanceRow, lifecycle: string, restarts = row.restarts): InstanceRow {
  const next = { ...row, lifecycle, restarts };
  return isSame(row, next) && row.lifecycle !== '' ? row : next;
}
