import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface GrowthOptions {
  readonly isHelp: boolean;
  /** Numbers of residents at which is measured, ascending. */
  readonly residents: readonly number[];
  /** Numbers of instances on demand, ascending. */
  readonly records: readonly number[];
  /** Child processes that carry the residents. */
  readonly shards: number;
  /** Spare threads of each process that carries residents; without them every start is cold. */
  readonly spares: number;
  /** Starts that are measured at each number. */
  readonly starts: number;
  /** Calls that are measured at each number. */
  readonly calls: number;
  readonly minutes: number;
  /** Where the report and the plots go. */
  readonly folder: string;
  readonly writesDocs: boolean;
}

/** How the command is used. */
export const GROWTH_USAGE = `npm run growth -- [options]

Lets the residents of one supervisor grow from number to number, and the instances on demand of another, and measures
at each number what a start, a call and an instance cost. Checks every answer. Ctrl-C stops everything and still
reports what there is.

  --residents LIST   numbers of residents, or none [10,100,500,1000,2000,3000]
  --records LIST     numbers of instances on demand, or none [1000,10000,100000]
  --shards N         child processes that carry the residents [3]
  --spares N         spare threads of each; 0 makes every start a cold one [2]
  --starts N         starts measured at each number [60]
  --calls N          calls measured at each number [1000]
  --minutes N        stop after so long [30]
  --out FOLDER       where growth.json and the two plots go [.build/growth]
  --write-docs       write docs/growth.md and its plots, unless interrupted
  --help             this text

Each resident takes about 8 MiB. A shard carries 1,000 threads at the most, spares included; one process without shards
some 1,900. Where there is no room for a number, what was measured before it is reported, and the refusal.
Exit code 0: every answer was right and nothing was left. 1: something was lost or wrong. 2: bad usage.
`;

/** Reads the command line. @throws `TypeError` for what it does not know. */
export function growthOptions(args: readonly string[]): GrowthOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      residents: { type: 'string', default: '10,100,500,1000,2000,3000' },
      records: { type: 'string', default: '1000,10000,100000' },
      shards: { type: 'string', default: '3' },
      spares: { type: 'string', default: '2' },
      starts: { type: 'string', default: '60' },
      calls: { type: 'string', default: '1000' },
      minutes: { type: 'string', default: '30' },
      out: { type: 'string', default: '.build/growth' },
      'write-docs': { type: 'boolean', default: false },
    },
  });
  return {
    isHelp: values.help,
    residents: ascending('--residents', values.residents, 20_000),
    records: ascending('--records', values.records, 1_000_000),
    shards: whole('--shards', values.shards, 0, 64),
    spares: whole('--spares', values.spares, 0, 64),
    starts: whole('--starts', values.starts, 1, 10_000),
    calls: whole('--calls', values.calls, 1, 1_000_000),
    minutes: minutesOf(values.minutes),
    folder: values.out,
    writesDocs: values['write-docs'],
  };
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new TypeError(`${name}: must be a whole number from ${min} to ${max}`);
}

function minutesOf(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 10_000) return value;
  throw new TypeError('--minutes: must be a number above 0, and 10000 at the most');
}

function ascending(name: string, text: string, max: number): readonly number[] {
  if (text === 'none') return [];
  const counts = text.split(',').map((each) => whole(name, each.trim(), 1, max));
  return [...new Set(counts)].toSorted((a, b) => a - b);
}
