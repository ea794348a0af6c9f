import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What is in the demo, by category: names, each with its price in cents. */
const DEMO: Readonly<Record<string, readonly (readonly [name: string, priceCents: number])[]>> = {
  books: [
    ['A Field Guide to Threads', 2_450],
    ['The Quiet Supervisor', 1_800],
    ['Letters from a Sandbox', 1_295],
  ],
  tools: [
    ['Claw hammer', 1_990],
    ['Folding rule, 2 m', 850],
    ['Quiet drill', 12_900],
  ],
  'tools-used': [['Claw hammer, worn', 700]],
};

/**
 * Writes a catalogue into a new temporary folder.
 *
 * @param contents - items by category. Default: a small demo.
 * @returns the path of the file; its folder is the caller's to remove.
 */
export function makeCatalogue(contents: typeof DEMO = DEMO): string {
  const path = join(mkdtempSync(join(tmpdir(), 'wasmatrix-catalogue-')), 'catalogue.sqlite');
  const database = new DatabaseSync(path);
  try {
    database.exec(`
      CREATE TABLE categories (name TEXT PRIMARY KEY) STRICT;
      CREATE TABLE items (
        id INTEGER PRIMARY KEY,
        category TEXT NOT NULL REFERENCES categories (name),
        name TEXT NOT NULL,
        price_cents INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX items_by_category ON items (category, id);
      BEGIN;`);
    const addCategory = database.prepare('INSERT INTO categories (name) VALUES (?)');
    const addItem = database.prepare(
      'INSERT INTO items (category, name, price_cents) VALUES (?, ?, ?)',
    );
    for (const [category, items] of Object.entries(contents)) {
      addCategory.run(category);
      for (const [name, priceCents] of items) addItem.run(category, name, priceCents);
    }
    database.exec('COMMIT');
  } finally {
    database.close();
  }
  return path;
}
