import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface LimitsOptions {
  readonly isHelp: boolean;
  readonly isJson: boolean;
  /** Instances at most, for small machines. */
  readonly max: number;
  /** Child processes that carry residents. */
  readonly shards: number;
}

/** How the command is used. */
export const LIMITS_USAGE = `npm run load:limits -- [options]

Starts tiny residents until the supervisor refuses one, asks each of them a question, stops half, starts
again, and reports. Takes some minutes and most of the machine's memory. Ctrl-C ends it early, with a report.

  --max N     no more than N instances
  --shards N  child processes that carry them [0]
  --json      the report as JSON
  --help      this text

Exit code 0: the process has lived and every instance has answered. 1: something was wrong. 2: bad usage.
`;

/** Reads the command line. @throws `TypeError` for what it does not know. */
export function limitsOptions(args: readonly string[]): LimitsOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      max: { type: 'string' },
      shards: { type: 'string', default: '0' },
    },
  });
  const max = values.max === undefined ? Infinity : Number(values.max);
  if (!(max >= 1)) throw new TypeError('--max: must be a number of at least 1');
  const shards = Number(values.shards);
  if (!Number.isInteger(shards) || shards < 0 || shards > 64) {
    throw new TypeError('--shards: must be a number from 0 to 64');
  }
  return { isHelp: values.help, isJson: values.json, max, shards };
}
