import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface ReportOptions {
  readonly isHelp: boolean;
  readonly isJson: boolean;
  /** Only guests whose family or title contains this. */
  readonly only: string;
}

export const USAGE: string = `Usage: npm run hostile -- [options]

Lets every hostile guest of the corpus loose beside two innocent ones, and tells what became of it.
The last family, "breakers", is run in processes of its own. Exit code 1 if anything was not as expected.

  --only TEXT    only guests whose family or title contains TEXT
  --json         one JSON object per guest on standard output, instead of the table
  --help         this text
`;

/**
 * Reads the command line.
 *
 * @throws `TypeError` with a message for the user.
 */
export function reportOptions(args: readonly string[]): ReportOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
    },
  });
  return { isHelp: values.help, isJson: values.json, only: values.only };
}
