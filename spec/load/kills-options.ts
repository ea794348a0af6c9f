import { parseArgs } from 'node:util';
import { numberOption } from './number-option.ts';

/** What the command line asks for. */
export interface KillsOptions {
  readonly isHelp: boolean;
  readonly shards: number;
  readonly instances: number;
  readonly kills: number;
  /** Callers, each with one call under way. */
  readonly lanes: number;
  readonly minutes: number;
  /** Where the report goes. */
  readonly folder: string;
}

/** How the command is used. */
export const KILLS_USAGE = `npm run load:kills -- [options]

Fills shards with instances, calls them without a pause, and kills the process of a shard (SIGKILL), again and again.
Checks every answer and every refusal against a model, and after each kill that everybody is back who is to be, once,
with its grants, and that nobody else is. Ctrl-C stops everything and still reports.

  --shards N       child processes that carry the instances [1]
  --instances N    how many in all: a tenth without a restart policy, three tenths with a grant [500]
  --kills N        how often [20]
  --concurrency N  callers, each with one call under way [16]
  --minutes N      stop after so long [20]
  --out FOLDER     where kills.json goes [.build/kills]
  --help           this text

Exit code 0: nothing was lost or wrong. 1: something was, or there were fewer kills than asked for because of the time.
2: bad usage.
`;

/** Reads the command line. @throws `TypeError` for what it does not know. */
export function killsOptions(args: readonly string[]): KillsOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      shards: { type: 'string', default: '1' },
      instances: { type: 'string', default: '500' },
      kills: { type: 'string', default: '20' },
      concurrency: { type: 'string', default: '16' },
      minutes: { type: 'string', default: '20' },
      out: { type: 'string', default: '.build/kills' },
    },
  });
  const whole = (name: 'shards' | 'instances' | 'kills' | 'concurrency', max: number, min = 1) =>
    numberOption(`--${name}`, values[name], { min, max });
  return {
    isHelp: values.help,
    shards: whole('shards', 64),
    // One of each kind at least.
    instances: whole('instances', 50_000, 10),
    kills: whole('kills', 100_000),
    lanes: whole('concurrency', 10_000),
    minutes: numberOption('--minutes', values.minutes, { min: 0, max: 10_000, isWhole: false }),
    folder: values.out,
  };
}
