import type { Command } from 'commander';
import { callArguments } from '../call-arguments.ts';
import { atHost, type ClientOptions, countOf, withHost } from '../command-options.ts';
import { sayResult } from '../guest-result.ts';

/** `wasmatrix invoke` */
export function invokeCommand(program: Command): void {
  withHost(
    program
      .command('invoke <instance> <export> [args...]')
      .description('call an export of an instance'),
  )
    .option('--timeout-ms <ms>', 'how long the call may take', countOf)
    .addHelpText(
      'after',
      '\nArguments are JSON, or else texts. 5n is an integer of 64 bits, {"$bytes":"aGk="} are bytes.',
    )
    .action(
      async (
        id: string,
        exportName: string,
        texts: readonly string[],
        options: ClientOptions & { readonly timeoutMs?: number },
      ) => {
        const { timeoutMs } = options;
        const args = callArguments(texts);
        await atHost(options, async (supervisor, terminal) => {
          const result = await supervisor.invoke(
            id,
            exportName,
            args,
            timeoutMs === undefined ? {} : { timeoutMs },
          );
          sayResult(result, terminal);
        });
      },
    );
}
