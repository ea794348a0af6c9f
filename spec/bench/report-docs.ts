import { type MachineFacts, machineLine } from './machine-facts.ts';
import { type Measurement, verdictOf } from './measurement.ts';
import { cellsOf, figure, HEADINGS } from './report-cells.ts';

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function aimLine(measurement: Measurement): string {
  const { name, aim, ours, ratio, unit } = measurement;
  if (aim === undefined) return '';
  const word = verdictOf(measurement);
  return aim.kind === 'ratio'
    ? `- **${word}** · ${name}: ${ratio?.toFixed(3)}× the floor, at most ${aim.atMost}× wanted`
    : `- **${word}** · ${name}: ${figure(ours[aim.kind])} ${unit} ${aim.kind}, at most ${aim.atMost} ${unit} wanted`;
}

function description({ name, what, floor }: Measurement): string {
  return `- **${name}**: ${what}.${floor === undefined ? '' : ` Floor: ${floor}.`}`;
}

/** The report as a page; `takenAt` is a date. */
export function reportDocs(
  machine: MachineFacts,
  measurements: readonly Measurement[],
  takenAt: string,
): string {
  const aims = measurements.map(aimLine).filter((line) => line !== '');
  return `<!-- Written by \`npm run bench -- --write-docs\`; change spec/bench instead. -->

# Benchmarks

Taken on ${takenAt}: ${machineLine(machine)}. What becomes of a start, a call and memory among thousands of instances
is told in [growth.md](growth.md); where the time goes of what misses its aim, in [profiles.md](profiles.md).

${tableRow(HEADINGS)}
${tableRow(HEADINGS.map((_, column) => (column === 0 ? '---' : '---:')))}
${measurements.map((each) => tableRow(cellsOf(each))).join('\n')}

## Aims

${aims.join('\n')}

## What is measured

A floor is the least that the same machine needs for the same thing with Node alone, measured in the
same run and the same process: one round of the floor, one of ours, and so on. The first round is not
counted. The ratio is the median of the rounds' own ratios of p50, so that a machine that is faster at
one moment than at another does not matter. It is not the quotient of the two p50 in the table: a round
trip between threads takes several times as long when the waiting thread has fallen asleep, and where
some rounds are of the one kind and some of the other, that quotient says little.

${measurements.map(description).join('\n')}

## How to repeat

<!-- not run: it takes minutes and a quiet machine; \`spec/bench/bench-smoke.spec.ts\` runs each benchmark shortly. -->
\`\`\`sh
npm ci
npm run bench                      # a table, in about seven minutes
npm run bench -- --only kv         # one group
npm run bench:kill                 # the groups kill and neighbour have commands of their own
npm run bench:neighbour
npm run bench -- --json bench.json # every figure, for a program
npm run bench -- --write-docs      # this page
\`\`\`

Nothing else should run meanwhile. On a machine with few cores p99 tells more about its neighbours than
about this code.
`;
}
