import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { makeCatalogue } from '../../examples/catalogue/make-catalogue.ts';
import catalogue from '../../examples/catalogue/provider.ts';
import { isWasmatrixError } from '../../lib/core/errors.ts';
import { PermissionSet } from '../../lib/core/permissions.ts';
import type { RequiredPermission, WireValue } from '../../lib/core/provider.ts';
import { callContext, ENVIRONMENT } from './call-context.ts';

type Contents = NonNullable<Parameters<typeof makeCatalogue>[0]>;
interface Page {
  readonly items: readonly { readonly id: number; readonly name: string }[];
  readonly next?: WireValue;
}

const runs = { numRuns: Number(process.env['FC_RUNS'] ?? 100) };

/** Runs against a catalogue of its own. */
async function using<T>(
  contents: Contents | undefined,
  config: Readonly<Record<string, unknown>>,
  use: (state: unknown, path: string) => Promise<T>,
): Promise<T> {
  const path = makeCatalogue(contents);
  const state = await catalogue.open({ path, ...config }, ENVIRONMENT);
  try {
    return await use(state, path);
  } finally {
    await catalogue.close?.(state);
    rmSync(dirname(path), { recursive: true });
  }
}

/** Calls as the host does: first the permission, then the operation. */
async function call(
  state: unknown,
  permissions: readonly string[],
  name: string,
  ...args: WireValue[]
): Promise<WireValue> {
  const operation = catalogue.operations[name]!;
  const needed = operation.permission(args) as RequiredPermission;
  if (!new PermissionSet(permissions).allows(needed)) return 'PERMISSION_DENIED';
  return operation.run(args, callContext(permissions), state);
}

async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (failure) {
    if (!isWasmatrixError(failure)) throw failure;
    const { field } = failure.details;
    return typeof field === 'string' ? `${failure.code} ${field}` : failure.code;
  }
  return 'done';
}

/** Every page of a search. */
async function searchAll(
  state: unknown,
  permissions: readonly string[],
  ...args: WireValue[]
): Promise<{ readonly names: string[]; readonly pages: Page[] }> {
  const pages: Page[] = [];
  const [category, text] = args;
  for (let next: WireValue; ; ) {
    const page = (await call(
      state,
      permissions,
      'search',
      category,
      text,
      next,
    )) as unknown as Page;
    pages.push(page);
    next = page.next;
    if (next === undefined) break;
  }
  return { names: pages.flatMap(({ items }) => items.map(({ name }) => name)), pages };
}

const READ = ['catalogue:read'];
const category = fc.constantFrom('a', 'ab', 'b', 'é');
const name = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((each) => !each.includes('\0'));
const contents = fc.dictionary(category, fc.array(fc.tuple(name, fc.nat()), { maxLength: 6 }));

describe('the catalogue provider', () => {
  it('P4 · shows exactly what a grant covers, in order, in bounded pages', async () => {
    const grants = fc.subarray(['catalogue:read:a', 'catalogue:read:a*', 'catalogue:read:é']);
    await fc.assert(
      fc.asyncProperty(
        contents,
        grants,
        fc.integer({ min: 1, max: 4 }),
        async (held, grant, pageSize) => {
          await using(held, { pageSize }, async (state) => {
            const set = new PermissionSet(grant);
            const visible = Object.keys(held)
              .sort()
              .filter((scope) => set.allows({ action: 'catalogue:read', scope }))
              .flatMap((each) => (held[each] ?? []).map(([itemName]) => itemName));
            if (grant.length === 0) {
              expect(await call(state, grant, 'search')).to.equal('PERMISSION_DENIED');
              return;
            }
            const { names, pages } = await searchAll(state, grant);
            expect(names).to.deep.equal(visible);
            for (const { items } of pages) expect(items.length).to.be.at.most(pageSize);
            const count = await call(state, grant, 'count');
            expect(count).to.deep.equal({ count: visible.length, isExact: true });
          });
        },
      ),
      runs,
    );
  });

  it('P19 · takes every text as a text, and never as a part of a statement', async () => {
    const nasty = fc.oneof(
      fc.constantFrom("' OR 1=1 --", '%', '_', '"; DROP TABLE items; --', '?1', '\\', "''"),
      name,
    );
    const held = {
      a: ["it's 100% a_b", 'DROP', '?1', 'back\\slash', ''].map((n) => [n, 1] as const),
    };
    await using(held, {}, async (state) => {
      await fc.assert(
        fc.asyncProperty(nasty, async (text) => {
          const { names } = await searchAll(state, READ, 'a', text);
          const lower = (each: string): string => each.replace(/[A-Z]/g, (c) => c.toLowerCase());
          const expected = held.a.map(([n]) => n).filter((n) => lower(n).includes(lower(text)));
          expect(names).to.deep.equal(expected);
          // As a category, the same text is one that does not exist.
          if (text === '' || text in held) return;
          expect(await call(state, READ, 'count', text)).to.include({ count: 0 });
        }),
        runs,
      );
      expect(await call(state, READ, 'count')).to.include({ count: held.a.length });
    });
  });

  it('P4 · gives an item only by the category that was asked for', async () => {
    await using(undefined, {}, async (state) => {
      const item = {
        id: 1,
        category: 'books',
        name: 'A Field Guide to Threads',
        priceCents: 2_450,
      };
      const books = ['catalogue:read:books'];
      expect(await call(state, books, 'item', 'books', 1n)).to.deep.equal(item);
      expect(await call(state, books, 'item', 'tools', 1)).to.equal('PERMISSION_DENIED');
      expect(await call(state, READ, 'item', 'tools', 1)).to.equal(undefined);
      expect(await call(state, ['catalogue:read:tools*'], 'count')).to.include({ count: 4 });
      expect(catalogue.metadata?.(state)).to.deep.equal({ pageSize: 100, categories: 3 });
    });
  });

  it('looks at a bounded number of rows, whether they match or not', async () => {
    const many = Array.from({ length: 2_500 }, (_, index) => [`thing ${index}`, 1] as const);
    await using({ a: many, b: [['needle', 1]] }, {}, async (state) => {
      const { names, pages } = await searchAll(state, READ, undefined, 'needle');
      expect(names).to.deep.equal(['needle']);
      expect(pages.map(({ items }) => items.length)).to.deep.equal([0, 0, 1]);
    });
  });

  it('P18 · refuses malformed arguments before anything else, by name', async () => {
    const field = (operation: string, ...args: WireValue[]): Promise<string> =>
      codeOf(() => catalogue.operations[operation]?.permission(args));
    for (const wrong of [1, true, '', 'x'.repeat(101), 'a\0b', '\ud800', {}, ['a']]) {
      expect(await field('search', wrong)).to.equal('INVALID_REQUEST category');
      expect(await field('item', wrong, 1)).to.equal('INVALID_REQUEST category');
      expect(await field('count', wrong)).to.equal('INVALID_REQUEST category');
    }
    for (const wrong of [1, 'x'.repeat(201), 'a\0b', [], {}]) {
      expect(await field('search', 'a', wrong)).to.equal('INVALID_REQUEST text');
    }
    for (const wrong of ['1', 1.5, 2n ** 63n, Number.NaN, null, undefined]) {
      expect(await field('item', 'a', wrong)).to.equal('INVALID_REQUEST id');
      expect(await field('search', 'a', '', ['a', wrong])).to.equal('INVALID_REQUEST id');
    }
    expect(await field('search', 'a', '', 'a')).to.equal('INVALID_REQUEST after');
    for (const operation of ['search', 'item', 'count']) {
      expect(await field(operation, 'a', 1, 1, 1)).to.equal('INVALID_REQUEST args');
    }
  });

  it('P18 · refuses a wrong configuration and assignment by name', async () => {
    await using(undefined, {}, async (_state, path) => {
      const opening = (config: Readonly<Record<string, unknown>>): Promise<string> =>
        codeOf(async () => catalogue.close?.(await catalogue.open(config, ENVIRONMENT)));
      for (const wrong of [undefined, '', 5, 'a\0b']) {
        expect(await opening({ path: wrong })).to.equal('INVALID_REQUEST config.path');
      }
      for (const wrong of [0, 1_001, 1.5, '5', null]) {
        expect(await opening({ path, pageSize: wrong })).to.equal(
          'INVALID_REQUEST config.pageSize',
        );
      }
      expect(await opening({ path, mode: 'rw' })).to.equal('INVALID_REQUEST config');
      const assigning = (permissions: string[], config = {}): Promise<string> =>
        codeOf(() => catalogue.checkAssignment?.({ permissions, config }));
      expect(await assigning(['catalogue:read', 'catalogue:read:a*', 'kv:read'])).to.equal('done');
      expect(await assigning(['kv:read', 'catalogue:write'])).to.equal(
        'INVALID_REQUEST permissions[1]',
      );
      expect(await assigning([], { path })).to.equal('INVALID_REQUEST config');
    });
  });

  it('is a STORAGE_ERROR without the path where the file is missing, damaged or of another kind', async () => {
    await using(undefined, {}, async (state, path) => {
      const opening = async (file: string): Promise<unknown> => {
        try {
          return await catalogue.open({ path: file }, ENVIRONMENT);
        } catch (failure) {
          return failure;
        }
      };
      const other = join(dirname(path), 'other.sqlite');
      new DatabaseSync(other).exec('CREATE TABLE things (id INTEGER)');
      const garbage = join(dirname(path), 'garbage.sqlite');
      writeFileSync(garbage, 'no database at all, '.repeat(100));
      for (const file of [join(dirname(path), 'missing'), other, garbage]) {
        const failure = await opening(file);
        expect(isWasmatrixError(failure) && failure.code, file).to.equal('STORAGE_ERROR');
        expect(JSON.stringify(failure)).not.to.include(dirname(path));
      }
      const writer = new DatabaseSync(path);
      writer.exec('ALTER TABLE items DROP COLUMN price_cents');
      writer.close();
      expect(await codeOf(() => call(state, READ, 'search'))).to.equal('STORAGE_ERROR');
    });
  });
});
