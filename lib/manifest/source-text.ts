import {
  type Alias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from 'yaml';
import { invalidField, WasmatrixError } from '../core/errors.ts';

/** Steps from the top of a file to a place in it. */
export type SourcePath = readonly (string | number)[];

/** A place in a file, counted from 1. */
export interface SourcePlace {
  readonly line: number;
  readonly column: number;
}

/** A file of YAML that remembers where everything stands. */
export class SourceText {
  readonly name: string;
  /** What it says, as plain data. */
  readonly value: unknown;
  readonly #root: Node | null;
  readonly #lines: LineCounter;

  /** @throws `INVALID_REQUEST` telling file, line and column. */
  constructor(text: string, name: string) {
    this.name = name;
    this.#lines = new LineCounter();
    const document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      merge: true,
    });
    this.#root = document.contents;
    const [error] = document.errors;
    if (error !== undefined) {
      throw this.failure('', error.message, this.#placeAt(error.pos[0]));
    }
    try {
      this.value = document.toJS({ maxAliasCount: 100 });
    } catch {
      let stray: Node | undefined;
      visit(document, {
        Alias: (_key, node) => {
          stray ??= node.resolve(document) === undefined ? node : undefined;
        },
      });
      if (stray === undefined) throw invalidField(name, 'refers to itself too often');
      const place = this.#placeAt(offsetOf(stray) ?? 0);
      throw this.failure(
        '',
        `no anchor named "${(stray as Alias).source}" stands before this`,
        place,
      );
    }
  }

  /** Where something stands; of what is not there, where it would belong. */
  placeOf(path: SourcePath): SourcePlace {
    let node: unknown = this.#root;
    let start = offsetOf(node) ?? 0;
    for (const step of path) {
      const pair = entryOf(node, step);
      if (pair === undefined) break;
      start = offsetOf(pair.key) ?? offsetOf(pair.value) ?? start;
      node = pair.value;
    }
    return this.#placeAt(start);
  }

  /** A mistake in this file. */
  failure(
    field: string,
    problem: string,
    place: SourcePlace,
    details: Readonly<Record<string, unknown>> = {},
  ): WasmatrixError {
    const where = `${this.name}:${place.line}:${place.column}`;
    const what = field === '' ? problem : `${field}: ${problem}`;
    return new WasmatrixError('INVALID_REQUEST', `${where}: ${what}`, {
      ...details,
      file: this.name,
      ...place,
      field,
    });
  }

  #placeAt(offset: number): SourcePlace {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function offsetOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function entryOf(node: unknown, step: string | number): Pick<Pair, 'key' | 'value'> | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return item === undefined ? undefined : { key: null, value: item };
  }
  if (!isMap(node)) return undefined;
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
}

/** `a.b[0].c` as the steps that it means. */
export function pathOfField(field: string): SourcePath {
  return [...field.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name = '']) =>
    index === undefined ? name : Number(index),
  );
}

/** Steps as messages have them: `a.b[0].c`. */
export function fieldOfPath(path: SourcePath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
