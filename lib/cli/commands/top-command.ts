import { type Command, Option } from 'commander';
import { countOf, withHost } from '../command-options.ts';
import { TOP_ORDERS, type TopOptions } from '../session-options.ts';

/** `wasmatrix top` */
export function topCommand(program: Command): void {
  withHost(
    program.command('top').description('show what the instances of a host use, as it changes'),
  )
    .addOption(new Option('--sort <by>', 'what comes first').choices(TOP_ORDERS).default('cpu'))
    .option('--interval-ms <ms>', 'between two looks', countOf, 1_000)
    .option('--limit <count>', 'no more instances than so many', countOf)
    .addHelpText('after', '\nq ends it, s sorts by something else. Without a terminal: one look.')
    .action(async (options: TopOptions) => {
      const { showTop } = await import('../top-session.ts');
      await showTop(options);
    });
}
