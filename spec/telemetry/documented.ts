import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../repository-root.ts';

/** A text of the documents. */
export function documentText(name: string): string {
  return readFileSync(join(REPOSITORY_ROOT, 'docs', name), 'utf8');
}

/** The rows of the table below a heading, cell by cell. */
function rowsBelow(heading: string, text: string): string[][] {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const [own = ''] = section.split('\n## ');
  return own
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

const namesIn = (cell = ''): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);

/** The fields of log lines that docs/telemetry.md lists; those in brackets need a rare occasion. */
export function fieldsOfLog(): { readonly always: string[]; readonly sometimes: string[] } {
  const rows = rowsBelow('Logs', documentText('telemetry.md'));
  const isRare = ([, when = '']: string[]): boolean => when.startsWith('rare');
  return {
    always: rows.filter((row) => !isRare(row)).flatMap(([cell]) => namesIn(cell)),
    sometimes: rows.filter(isRare).flatMap(([cell]) => namesIn(cell)),
  };
}

/** The metrics that docs/telemetry.md lists, with their kind and unit. */
export function documentedMetrics(): { name: string; kind: string; unit: string }[] {
  return rowsBelow('Metrics', documentText('telemetry.md')).map(([cell, kind = '', unit = '']) => ({
    name: namesIn(cell)[0] ?? '',
    kind,
    unit,
  }));
}
