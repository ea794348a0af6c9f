import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface BenchOptions {
  readonly isHelp: boolean;
  readonly isQuick: boolean;
  readonly writesDocs: boolean;
  readonly jsonFile: string | undefined;
  /** Only groups whose name contains this. */
  readonly only: string;
}

export const USAGE: string = `Usage: npm run bench -- [options]

  --only NAME    one group: invoke, component, fuel, kv, extism, control, telemetry,
                 serving, start, on-demand, facts, list, crash, kill, neighbour, memory
  --json FILE    write every figure to FILE
  --write-docs   write docs/benchmarks.md; needs a full run
  --quick        a smoke run; its figures mean nothing
  --help         this text
`;

/**
 * Reads the command line.
 *
 * @throws `TypeError` with a message for the user.
 */
export function benchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      json: { type: 'string' },
      only: { type: 'string', default: '' },
    },
  });
  const options = {
    isHelp: values.help,
    isQuick: values.quick,
    writesDocs: values['write-docs'],
    jsonFile: values.json,
    only: values.only,
  };
  if (options.writesDocs && (options.isQuick || options.only !== '')) {
    throw new TypeError('--write-docs needs a full run, without --quick and --only');
  }
  return options;
}
