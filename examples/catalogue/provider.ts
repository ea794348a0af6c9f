import { type CallContext, defineProvider, WasmatrixError, type WireValue } from 'wasmatrix';
import { Catalogue, type Position } from './catalogue.ts';

const DEFAULT_PAGE_SIZE = 100;
const LARGEST_PAGE_SIZE = 1_000;

type Args = readonly WireValue[];

/**
 * A read-only catalogue: `search`, `item` and `count`. Permissions: `catalogue:read`, or
 * `catalogue:read:<category>` where the category may end in `*`. Configuration: `path` of the SQLite
 * file, and `pageSize` (100).
 */
// The host takes the default export of a module that it is to run in a thread.
// oxlint-disable-next-line import/no-default-export -- what a provider's thread looks for
export default defineProvider({
  type: 'catalogue',

  open(config) {
    for (const option of Object.keys(config)) {
      if (option !== 'path' && option !== 'pageSize')
        throw invalid('config', 'has unknown options');
    }
    const { path, pageSize = DEFAULT_PAGE_SIZE } = config;
    if (typeof path !== 'string' || path === '' || path.includes('\0')) {
      throw invalid('config.path', 'must name the file of the catalogue');
    }
    if (!isIntegerIn(pageSize, 1, LARGEST_PAGE_SIZE)) {
      throw invalid('config.pageSize', `must be an integer from 1 to ${LARGEST_PAGE_SIZE}`);
    }
    return { catalogue: new Catalogue(path), pageSize };
  },

  operations: {
    /** `[category?, text?, after?]`: a page of what may be read. */
    search: {
      parse: searchFrom,
      // Without a category it asks for any reading at all, and shows only what the grant covers.
      permission: ({ category }) => reading(category),
      run({ category, text, after }, context, { catalogue, pageSize }) {
        const categories = readable(catalogue, category, context);
        const { items, next } = catalogue.search(categories, text, after, pageSize);
        return {
          items: items.map((item) => ({ ...item })),
          ...(next === undefined ? {} : { next: [next.category, next.id] }),
        };
      },
    },

    /** `[category, id]`: one item, or undefined. */
    item: {
      parse: positionFrom,
      permission: ({ category }) => reading(category),
      run(position, _context, { catalogue }) {
        const item = catalogue.item(position);
        return item && { ...item };
      },
    },

    /** `[category?]`: how many items there are of what may be read. */
    count: {
      parse: countFrom,
      permission: ({ category }) => reading(category),
      run: ({ category }, context, { catalogue }) => ({
        ...catalogue.count(readable(catalogue, category, context)),
      }),
    },
  },

  close: ({ catalogue }) => catalogue.close(),

  metadata: ({ catalogue, pageSize }) => ({
    pageSize,
    categories: catalogue.categories().length,
  }),

  checkAssignment({ permissions, config }) {
    if (Object.keys(config).length > 0) throw invalid('config', 'has no options');
    for (const [index, permission] of permissions.entries()) {
      if (permission.startsWith('catalogue:') && !/^catalogue:read(?::|$)/.test(permission)) {
        throw invalid(`permissions[${index}]`, 'must be catalogue:read, with :<category> or not');
      }
    }
  },
});

function reading(category: string | undefined): { action: string; scope?: string } {
  return category === undefined
    ? { action: 'catalogue:read' }
    : { action: 'catalogue:read', scope: category };
}

function readable(
  catalogue: Catalogue,
  category: string | undefined,
  context: CallContext,
): readonly string[] {
  if (category !== undefined) return [category];
  return catalogue.categories().filter((each) => context.allows(reading(each)));
}

function searchFrom(args: Args): {
  readonly category: string | undefined;
  readonly text: string;
  readonly after: Position | undefined;
} {
  atMost(args, 3);
  const [category, text = '', after] = args;
  return {
    category: isNothing(category) ? undefined : categoryFrom(category),
    text: isNothing(text) ? '' : boundedText(text, 'text', 0, 200),
    after: isNothing(after) ? undefined : positionFrom(after),
  };
}

function countFrom(args: Args): { readonly category: string | undefined } {
  atMost(args, 1);
  const [category] = args;
  return { category: isNothing(category) ? undefined : categoryFrom(category) };
}

function positionFrom(value: WireValue): Position {
  if (!Array.isArray(value)) throw invalid('after', 'must be [category, id]');
  atMost(value, 2);
  const [category, id] = value as Args;
  // Integers of 64 bits arrive as bigint.
  const number = typeof id === 'bigint' ? Number(id) : id;
  if (!isIntegerIn(number, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
    throw invalid('id', 'must be an integer');
  }
  return { category: categoryFrom(category), id: number };
}

function categoryFrom(value: WireValue): string {
  return boundedText(value, 'category', 1, 100);
}

/** SQLite would end a text at a zero, and take a lone surrogate for another character. */
function boundedText(value: WireValue, field: string, least: number, most: number): string {
  if (typeof value !== 'string') throw invalid(field, 'must be a string');
  if (value.length < least || value.length > most) {
    throw invalid(field, `must have ${least} to ${most} characters`);
  }
  if (value.includes('\0') || !value.isWellFormed()) throw invalid(field, 'must be plain text');
  return value;
}

function isNothing(value: WireValue): value is null | undefined {
  return value === undefined || value === null;
}

function isIntegerIn(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}

function atMost(args: Args, count: number): void {
  if (args.length > count) throw invalid('args', `at most ${count} arguments`);
}

function invalid(field: string, problem: string): WasmatrixError {
  return new WasmatrixError('INVALID_REQUEST', `${field}: ${problem}`, { field });
}
