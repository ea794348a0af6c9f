import type { Command } from 'commander';
import { atHost, type ClientOptions, countOf, withHost } from '../command-options.ts';

/** `wasmatrix stop` and `wasmatrix restart` */
export function instanceCommands(program: Command): void {
  withHost(program.command('stop <instance...>').description('stop instances'))
    .option('--grace-ms <ms>', 'how long a running call may go on', countOf)
    .action(async (ids: readonly string[], options: ClientOptions & { graceMs?: number }) => {
      const { graceMs } = options;
      await atHost(options, async (supervisor, terminal) => {
        for (const id of ids) {
          await supervisor.stopInstance(id, graceMs === undefined ? {} : { graceMs });
          terminal.result({ instanceId: id, status: 'stopped' }, () => `${id} has stopped`);
        }
      });
    });
  withHost(
    program
      .command('restart <instance...>')
      .description('end the present life of instances, and begin the next'),
  ).action(async (ids: readonly string[], options: ClientOptions) => {
    await atHost(options, async (supervisor, terminal) => {
      for (const id of ids) {
        await supervisor.restartInstance(id);
        terminal.result({ instanceId: id, status: 'running' }, () => `${id} runs again`);
      }
    });
  });
}
