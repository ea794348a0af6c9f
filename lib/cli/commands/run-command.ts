import type { Command } from 'commander';
import { countOf, listInto, pairInto, withJson } from '../command-options.ts';
import type { RunOptions } from '../session-options.ts';

/** `wasmatrix run` */
export function runCommand(program: Command, onExit: (code: number) => void): void {
  withJson(
    program
      .command('run <file> [args...]')
      .description('run one guest here: a command to its end, or one export of anything else'),
  )
    .option('--invoke <export>', 'the export to call; what follows the file are its arguments')
    .option('--grant <permissions>', 'such as kv:read,kv:write; may be given again', listInto)
    .option('--env <name=value>', 'a variable of its environment; may be given again', pairInto)
    .option('--guest-config <key=value>', 'what wasi:config and Extism show it', pairInto)
    .option(
      '--stdin <file>',
      'its standard input: a file, "-" for ours, "none"; ours unless it is a terminal',
    )
    .option('--memory-bytes <bytes>', 'of all its linear memories; 1 GiB if not given', countOf)
    .option('--timeout-ms <ms>', 'how long it may take; as long as it likes if not given', countOf)
    .option('--fuel <units>', 'what a call may use up', countOf)
    .addHelpText(
      'after',
      `
Nothing of this machine is reached but by --grant: no file, no variable, no network.
Options of the guest follow "--". The exit code is that of the guest.

  wasmatrix run hello.wasm -- --greeting hi
  wasmatrix run --invoke add math.wasm 2 3
  wasmatrix run counter.wasm --grant kv:read,kv:write --invoke bump hits`,
    )
    .action(async (file: string, args: readonly string[], options: RunOptions) => {
      const { runGuest } = await import('../run-session.ts');
      onExit(await runGuest(file, args, options));
    });
}
