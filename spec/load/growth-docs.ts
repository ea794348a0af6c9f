import type { GrowthReport } from './growth-report.ts';
import { recordsTable, residentsTable, verdictLines } from './growth-tables.ts';

/** The report as a page beside its two plots. */
export function growthDocs(report: GrowthReport): string {
  const { takenAt, machine, options } = report;
  const { shards, spares, starts, calls } = options;
  // A list is its numbers with commas between them.
  const lists = `--residents ${String(options['residents'])} --records ${String(options['records'])}`;
  const command = `npm run growth -- ${lists} --shards ${String(shards)} --spares ${String(spares)}`;
  const where = shards === 0 ? 'in the host itself' : `in ${String(shards)} shards`;
  return `<!-- Written by \`npm run growth -- --write-docs\`; change spec/load instead. -->

# Growth

What a start, a call and an instance cost when there are few others, and when there are thousands. Taken on
${takenAt.slice(0, 10)}: ${machine}.

${verdictLines(report)}

## Residents

Residents ${where}, of one supervisor that grew from number to number; every number in the same configuration.

${residentsTable(report)}

![Start, call, processor time and memory against the number of residents](growth-residents.svg)

- **start**: \`startInstance\` of \`core\` until it resolves, module compiled before, among so many idle residents, nothing
  else going on; ${String(starts)} of them, each stopped before the next. Each waits at most a second until every process
  that carries residents has its ${String(spares)} spare threads; \`without spare\` tells how many began without, because there
  was little room left or no spares were asked for.
- **starts a second**: how fast the residents since the number before were started, several under way at once; nearly
  all of these starts are cold.
- **call**: \`invoke\` of \`add\` until the answer, ${String(calls)} calls one at a time, each of a resident that is drawn by
  chance. Floor: a round trip to one bare \`Worker\` of the host, at the same time; it tells how fast the machine was at
  that moment, since these numbers are taken minutes apart.
- **main thread**: processor time of the main thread of the host, by \`process.threadCpuUsage()\`, divided by the calls. It is
  what the supervisor takes, with what the measuring loop itself and the library of Node take in it.
- **host**: processor time of all threads of the host's process, by \`process.cpuUsage()\`, divided by the calls: the garbage
  collector and the key-value provider are in it, ${shards === 0 ? 'and so are the guests' : 'while guests are not, which run in shards'}.
- **MiB**: resident memory right after the growth, before starts and calls are measured. **each**: what host and shards have
  more than without residents, divided by their number; a few residents also pay for what all share.

## Instances on demand

Instances with \`residency: 'on-demand'\` of another supervisor, without shards and with \`idleMs: 0\`, so that each call wakes
its instance.

${recordsTable(report)}

![Registration, activation, processor time and memory against the number of records](growth-records.svg)

- **registration**: \`startInstance\` until it resolves, one after another.
- **activation**: \`invoke\` of \`add\` of a sleeping instance that is drawn by chance, until the answer; ${String(calls)} of
  them, one at a time, on threads that are warm.
- **main thread**, **host**: as above, but here guests run in threads of the host, and are in the second figure.
- **each**: heap in use after garbage was collected, less what was in use without records, divided by the records.

## How to repeat

<!-- not run: it takes minutes and most of the memory of a machine; \`spec/load/growth.spec.ts\` runs it with few instances. -->
\`\`\`sh
npm ci
npm run growth                                # tables, and a folder with growth.json and the plots
npm run growth -- --residents 10,100 --records none
npm run growth -- --spares 0 --records none   # cold starts
npm run growth -- --write-docs                # this page
\`\`\`

The run above: \`${command}\`.
Nothing else should run meanwhile. Each resident takes about 8 MiB, so that 2,000 of them need a machine with 16 GiB to spare.
`;
}
