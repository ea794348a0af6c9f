import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface FuzzOptions {
  readonly isHelp: boolean;
  readonly isJson: boolean;
  /** Mutants at the most. */
  readonly count: number;
  /** Milliseconds at the most. */
  readonly forMs: number;
  /** Decides about every mutant, together with its number. */
  readonly seed: number;
  /** Where mutants go that something was wrong with. */
  readonly folder: string;
}

const DEFAULT_COUNT = 100_000;
const MOST_SEED = 2 ** 32;

export const FUZZ_USAGE: string = `Usage: npm run fuzz -- [options]

Mutates the guests of every ABI. Each mutant is admitted and compiled; some of those that can be are also
started in threads and called, with short deadlines. All of it happens in a process that is watched: it
must never end by itself, never hang, and answer with nothing but codes of ours. Exit code 1 otherwise.

  --count N      mutants (default ${DEFAULT_COUNT})
  --minutes N    ends after so many minutes
  --seed N       makes the same mutants again (default: chance)
  --out FOLDER   where mutants are written that something was wrong with (default .build/fuzz)
  --json         the report as JSON on standard output
  --help         this text
`;

/**
 * Reads the command line.
 *
 * @throws `TypeError` with a message for the user.
 */
export function fuzzOptions(args: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      count: { type: 'string', default: String(DEFAULT_COUNT) },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      out: { type: 'string', default: '.build/fuzz' },
    },
  });
  const { minutes, seed } = values;
  const chance = Math.floor(Math.random() * MOST_SEED);
  return {
    isHelp: values.help,
    isJson: values.json,
    count: numberOf('count', values.count, 1, Number.MAX_SAFE_INTEGER),
    forMs: minutes === undefined ? Infinity : numberOf('minutes', minutes, 1, 10_000) * 60_000,
    seed: seed === undefined ? chance : numberOf('seed', seed, 0, MOST_SEED - 1),
    folder: values.out,
  };
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new TypeError(`--${name} must be a whole number from ${least} to ${most}, not "${text}"`);
}
