import type { Measurement } from './measurement.ts';
import { cellsOf, HEADINGS } from './report-cells.ts';

/** The report for a terminal. */
export function reportTable(measurements: readonly Measurement[]): string {
  const rows = [HEADINGS, ...measurements.map(cellsOf)];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(Math.max(...lines.map((line) => line.length)));
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
