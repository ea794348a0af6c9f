import { parseArgs } from 'node:util';
import { numberOption } from './number-option.ts';

/** What the command line asks for. */
export interface LoadOptions {
  readonly isHelp: boolean;
  readonly instances: number;
  readonly calls: number;
  readonly kvCalls: number;
  readonly restarts: number;
  readonly residency: 'resident' | 'on-demand';
  /** Child processes that carry residents. */
  readonly shards: number | 'auto';
  /** Requests under way at once. */
  readonly lanes: number;
  readonly minutes: number;
  /** Where the report and the plot go. */
  readonly folder: string;
  /** A guest of the user's own; the call below is then made as often. */
  readonly guest: string | undefined;
  readonly exportName: string;
  readonly args: readonly unknown[];
  /** What each call has to answer; anything where it is not given. */
  readonly expected: unknown;
}

/** How the command is used. */
export const LOAD_USAGE = `npm run load -- [options]

Starts instances, calls them, has them use the key-value store, restarts some, stops all, checks every answer, and
writes percentiles, figures of each phase and a plot into a folder. Ctrl-C stops everything and still reports.

  --instances N      how many [100]
  --calls N          calls in all: each instance once, then spread as Zipf would [10000]
  --kv-calls N       calls that count in the key-value store, of instances of their own [1000]
  --restarts N       instances that are restarted [50]
  --residency R      resident or on-demand [resident]
  --shards N         child processes for residents, or auto [0]
  --concurrency N    requests under way at once [16]
  --guest FILE       a guest of your own, with --export NAME, --args JSON and --expect JSON
  --minutes N        stop after so long [30]
  --out FOLDER       where load.json and load.svg go [.build/load]
  --help             this text

Exit code 0: every answer was right and nothing was left. 1: something was lost or wrong. 2: bad usage.
`;

/** Reads the command line. @throws `TypeError` for what it does not know. */
export function loadOptions(args: readonly string[]): LoadOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      instances: { type: 'string', default: '100' },
      calls: { type: 'string', default: '10000' },
      'kv-calls': { type: 'string', default: '1000' },
      restarts: { type: 'string', default: '50' },
      residency: { type: 'string', default: 'resident' },
      shards: { type: 'string', default: '0' },
      concurrency: { type: 'string', default: '16' },
      minutes: { type: 'string', default: '30' },
      out: { type: 'string', default: '.build/load' },
      guest: { type: 'string' },
      export: { type: 'string' },
      args: { type: 'string' },
      expect: { type: 'string' },
    },
  });
  const { residency, guest } = values;
  if (residency !== 'resident' && residency !== 'on-demand') {
    throw new TypeError('--residency: must be resident or on-demand');
  }
  if ((guest === undefined) !== (values.export === undefined)) {
    throw new TypeError('--guest and --export: give both or none');
  }
  const given = values.args === undefined ? [] : parsed('--args', values.args);
  if (!Array.isArray(given)) throw new TypeError('--args: must be a JSON array');
  return {
    isHelp: values.help,
    instances: count('--instances', values.instances, 1, 10_000_000),
    calls: count('--calls', values.calls, 0, 1_000_000_000),
    kvCalls: count('--kv-calls', values['kv-calls'], 0, 1_000_000_000),
    restarts: count('--restarts', values.restarts, 0, 10_000_000),
    residency,
    shards: values.shards === 'auto' ? 'auto' : count('--shards', values.shards, 0, 64),
    lanes: count('--concurrency', values.concurrency, 1, 10_000),
    minutes: count('--minutes', values.minutes, 0, 10_000),
    folder: values.out,
    guest,
    exportName: values.export ?? '',
    args: given,
    expected: values.expect === undefined ? undefined : parsed('--expect', values.expect),
  };
}

function count(name: string, text: string, min: number, max: number): number {
  return numberOption(name, text, { min, max, isWhole: name !== '--minutes' });
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError(`${name}: is no JSON`);
  }
}
