import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface SoakOptions {
  readonly isHelp: boolean;
  readonly minutes: number;
  readonly jsonFile: string | undefined;
}

/** How the command is used. */
export const SOAK_USAGE = `npm run soak -- [options]

Lets one supervisor do everything that it can do, again and again, checks every answer against a model,
and measures at rests whether anything grows. Ctrl-C ends it early, with a report.

  --minutes N   how long [10]
  --json FILE   write every sample to FILE
  --help        this text

Exit code 0: every answer was right, nothing grows beyond its bound, and nothing was left in the end.
1: something was wrong, or the samples do not tell. 2: bad usage. A run with too few samples is not
judged by what grows. Set MALLOC_ARENA_MAX=1 on glibc: each of its
arenas keeps pages of its own, and resident memory then settles much later.
`;

/** Reads the command line. @throws `TypeError` for what it does not know. */
export function soakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '10' },
      json: { type: 'string' },
    },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 10_000)) {
    throw new TypeError('--minutes: must be a number above 0 and at most 10,000');
  }
  return { isHelp: values.help, minutes, jsonFile: values.json };
}
