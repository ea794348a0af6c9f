import type { Command } from 'commander';
import { type CommonOptions, countOf, withJson } from '../command-options.ts';
import { Terminal } from '../terminal.ts';

interface GuestOptions extends CommonOptions {
  readonly memoryBytes?: number;
  readonly memories?: number;
  readonly maxThreads?: number;
}

/** `wasmatrix doctor` */
export function doctorCommand(program: Command): void {
  withJson(
    program
      .command('doctor')
      .description('tell how many instances this machine carries, and what limits them'),
  )
    .option('--memory-bytes <bytes>', 'linear memory of one instance', countOf)
    .option('--memories <count>', 'linear memories of one instance', countOf)
    .option('--max-threads <count>', 'guest threads at most', countOf)
    .action(async ({ json, ...guest }: GuestOptions) => {
      const { doctor, doctorText } = await import('../../index.ts');
      const report = await doctor(guest);
      new Terminal(json).result(report, () => doctorText(report));
    });
}
