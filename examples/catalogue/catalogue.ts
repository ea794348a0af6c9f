import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { WasmatrixError } from 'wasmatrix';

/** Rows that one call looks at, whatever it shows: the call's work is bounded by this alone. */
const ROWS_LOOKED_AT = 1_000;

/** Rows that are counted one by one; a catalogue that has more says only that there are more. */
const MOST_COUNTED = 100_000;

/** Categories that a catalogue may have; more are not seen. */
const MOST_CATEGORIES = 1_000;

/** One thing in the catalogue. */
export interface Item {
  readonly id: number;
  readonly category: string;
  readonly name: string;
  readonly priceCents: number;
}

/** Behind which item a search goes on. */
export interface Position {
  readonly category: string;
  readonly id: number;
}

/** What a search has found. */
export interface Page {
  readonly items: readonly Item[];
  /** Where to go on; absent at the end. A page may be short, or empty, and still have one. */
  readonly next?: Position;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * A catalogue in SQLite, opened for reading and nothing else. Every statement is prepared once, every
 * value is bound, and every one of them stops at a row that is known beforehand: SQLite answers within
 * its thread's turn, and nothing could interrupt it.
 */
export class Catalogue {
  readonly #database: DatabaseSync;
  readonly #itemBy: StatementSync;
  readonly #itemsBehind: StatementSync;
  readonly #countUpTo: StatementSync;
  readonly #categories: StatementSync;

  /** @throws `STORAGE_ERROR` if there is no such database, or it holds no catalogue. */
  constructor(path: string) {
    this.#database = storage(
      () =>
        new DatabaseSync(path, {
          readOnly: true,
          defensive: true,
          // How long a reader waits for a writer elsewhere, in milliseconds.
          timeout: 1_000,
          limits: { length: 1_000_000, sqlLength: 10_000, attach: 0 },
        }),
    );
    try {
      // What the file defines for itself, such as views, may call no function with an effect.
      storage(() => this.#database.exec('PRAGMA trusted_schema = OFF; PRAGMA query_only = ON'));
      const columns = 'id, category, substr(name, 1, 500) AS name, price_cents';
      this.#itemBy = this.#prepare(`SELECT ${columns} FROM items WHERE category = ? AND id = ?`);
      this.#itemsBehind = this.#prepare(
        `SELECT ${columns}, instr(lower(name), lower(?)) > 0 AS is_match
         FROM items WHERE category = ? AND id > ? ORDER BY id LIMIT ?`,
      );
      this.#countUpTo = this.#prepare(
        'SELECT count(*) AS number FROM (SELECT 1 FROM items WHERE category = ? LIMIT ?)',
      );
      this.#categories = this.#prepare('SELECT name FROM categories ORDER BY name LIMIT ?');
    } catch (failure) {
      this.close();
      throw failure;
    }
  }

  /** In their order. */
  categories(): readonly string[] {
    const rows = storage(() => this.#categories.all(MOST_CATEGORIES));
    return rows.map((row) => text(row, 'name'));
  }

  item({ category, id }: Position): Item | undefined {
    const row = storage(() => this.#itemBy.get(category, id));
    return row && itemOf(row);
  }

  /** The items of some categories whose names contain a text, whatever the case of ASCII letters. */
  search(
    categories: readonly string[],
    wanted: string,
    after: Position | undefined,
    pageSize: number,
  ): Page {
    const items: Item[] = [];
    let rowsLeft = ROWS_LOOKED_AT;
    const from = after === undefined ? 0 : categories.indexOf(after.category);
    // A category that may not be read any more ends the listing.
    if (from === -1) return { items };
    for (const category of categories.slice(from)) {
      const behind = category === after?.category ? after.id : Number.MIN_SAFE_INTEGER;
      const limit = rowsLeft;
      const rows = storage(() => this.#itemsBehind.all(wanted, category, behind, limit));
      for (const row of rows) {
        const item = itemOf(row);
        rowsLeft -= 1;
        if (row['is_match'] === 1) items.push(item);
        if (rowsLeft > 0 && items.length < pageSize) continue;
        return { items, next: { category, id: item.id } };
      }
    }
    return { items };
  }

  /** How many items some categories hold, counted up to a bound. */
  count(categories: readonly string[]): { readonly count: number; readonly isExact: boolean } {
    let count = 0;
    for (const category of categories) {
      // One more than is told tells whether that is all.
      const limit = MOST_COUNTED + 1 - count;
      count += number(storage(() => this.#countUpTo.get(category, limit)) ?? {}, 'number');
      if (count > MOST_COUNTED) return { count: MOST_COUNTED, isExact: false };
    }
    return { count, isExact: true };
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #prepare(sql: string): StatementSync {
    return storage(() => this.#database.prepare(sql));
  }
}

function itemOf(row: Row): Item {
  return {
    id: number(row, 'id'),
    category: text(row, 'category'),
    name: text(row, 'name'),
    priceCents: number(row, 'price_cents'),
  };
}

/** SQLite keeps what it is given, whatever a column is declared as. */
function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new WasmatrixError('STORAGE_ERROR', `the catalogue holds a ${column} that is no text`);
}

function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw new WasmatrixError('STORAGE_ERROR', `the catalogue holds a ${column} that is no number`);
}

/** Does something with the database, whose failures reach the guest without the path of the file. */
function storage<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new WasmatrixError('STORAGE_ERROR', 'the catalogue cannot be read', {}, { cause });
  }
}
