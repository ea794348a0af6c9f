/** What is told of any figure. */
interface Told {
  readonly figure: string;
}

/** A column: its heading, and its number for a figure. */
export interface VerdictColumn<T extends Told> {
  readonly heading: string;
  readonly value: (told: T) => number;
  /** Of a count; bytes are told in KiB without any. @defaultValue 0 */
  readonly digits?: number;
}

/** What became of each figure, as a table for people. */
export function verdictLines<T extends Told & { readonly outcome: string }>(
  growths: readonly T[],
  columns: readonly VerdictColumn<T>[],
): readonly string[] {
  if (growths.length === 0) return ['too short to tell what grows'];
  const headings = ['figure', 'unit', ...columns.map(({ heading }) => heading), 'outcome'];
  const rows = [headings, ...growths.map((growth) => cellsOf(growth, columns))];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  '),
  );
}

function cellsOf<T extends Told & { readonly outcome: string }>(
  growth: T,
  columns: readonly VerdictColumn<T>[],
): string[] {
  const isBytes = growth.figure.endsWith('Bytes');
  const numbers = columns.map(({ value, digits = 0 }) =>
    (value(growth) / (isBytes ? 1_024 : 1)).toFixed(isBytes ? 0 : digits),
  );
  return [growth.figure.replace('Bytes', ''), isBytes ? 'KiB' : '', ...numbers, growth.outcome];
}
