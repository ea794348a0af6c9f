import { type Command, Option } from 'commander';
import { countOf, withJson } from '../command-options.ts';
import type { LoadOptions } from '../session-options.ts';

/** `wasmatrix load` */
export function loadCommand(program: Command): void {
  withJson(
    program
      .command('load [file] [args...]')
      .description('start many instances here, call each of them, and report'),
  )
    .option('-n, --instances <count>', 'how many', countOf, 100)
    .option('--calls <count>', 'calls of each', countOf, 10)
    .option('--invoke <export>', 'what is called; what follows the file are its arguments')
    .addOption(
      new Option('--residency <kind>', 'a thread each, or threads on demand')
        .choices(['resident', 'on-demand'])
        .default('resident'),
    )
    .addHelpText('after', '\nWithout a file, a guest that adds two numbers.')
    .action(async (file: string | undefined, args: readonly string[], options: LoadOptions) => {
      const { runLoad } = await import('../load-session.ts');
      await runLoad(file, args, options);
    });
}
