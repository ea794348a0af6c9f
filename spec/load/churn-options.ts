import { parseArgs } from 'node:util';
import { numberOption } from './number-option.ts';

/** What the command line asks for. */
export interface ChurnOptions {
  readonly isHelp: boolean;
  readonly minutes: number;
  /** Readers of events at a time. */
  readonly readers: number;
  readonly jsonFile: string | undefined;
}

/** How the command is used. */
export const CHURN_USAGE = `npm run churn -- [options]

Starts a host in a process of its own and lets callers come and go by HTTP: instances that live, trap, are
killed and restarted, grants, triggers, uploads, the dashboard's page, and readers of events that stay for
1 to 20 seconds and go on where they were. Measures the host each second. Ctrl-C ends it early, with a report.

  --minutes N   how long [10]
  --readers N   readers of events at a time [50]
  --json FILE   write every sample to FILE
  --help        this text

Exit code 0: every answer was right, no reader missed a fact, nothing grows beyond its bound, and nothing was
left in the end. 1: something was wrong, or the samples do not tell. 2: bad usage. A run with too few samples
is not judged by what grows.
`;

/** Reads the command line. @throws `TypeError` for what it does not know. */
export function churnOptions(args: readonly string[]): ChurnOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '10' },
      readers: { type: 'string', default: '50' },
      json: { type: 'string' },
    },
  });
  return {
    isHelp: values.help,
    minutes: numberOption('--minutes', values.minutes, { min: 0.01, max: 10_000, isWhole: false }),
    // The host has room for 100 streams, and one is left for a while after its reader.
    readers: numberOption('--readers', values.readers, { min: 1, max: 80 }),
    jsonFile: values.json,
  };
}
