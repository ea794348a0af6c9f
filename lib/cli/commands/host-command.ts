import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { countOf, withJson } from '../command-options.ts';
import type { HostCommandOptions } from '../session-options.ts';

/** Read where no other is named and it is there. */
const USUAL_FILE = 'wasmatrix.yaml';

/** `wasmatrix host` */
export function hostCommand(program: Command, onExit: (code: number) => void): void {
  withJson(
    program
      .command('host')
      .description('run a host: its control API, and what its configuration starts'),
  )
    .option('-c, --config <file>', `the configuration; ${USUAL_FILE} if there is one here`)
    .option('--listen <address>', 'host:port of the API; stands above the file')
    .option('--trigger-listen <address>', 'host:port for requests that lead to guests')
    .addOption(
      new Option('--log-level <level>', 'JSON lines on standard error').choices([
        'debug',
        'info',
        'warn',
        'error',
      ]),
    )
    .option('--keep-going', 'start the others where something cannot be started')
    .option('--check', 'check the configuration, and start nothing')
    .option(
      '--summary-seconds <seconds>',
      'between two summaries, where no terminal shows one; 0: none',
      countOf,
      60,
    )
    .action(async (options: HostCommandOptions) => {
      const config = options.config ?? (existsSync(USUAL_FILE) ? USUAL_FILE : undefined);
      const { runHost } = await import('../host-session.ts');
      onExit(await runHost({ ...options, ...(config === undefined ? {} : { config }) }));
    });
}
