import type { Command } from 'commander';
import { type CommonOptions, withJson } from '../command-options.ts';
import { EXIT } from '../failure-report.ts';
import { Terminal } from '../terminal.ts';

/** `wasmatrix inspect` */
export function inspectCommand(program: Command, onExit: (code: number) => void): void {
  withJson(
    program
      .command('inspect <file>')
      .description('tell what a module is and what it needs; nothing is started'),
  ).action(async (file: string, options: CommonOptions) => {
    const { createSupervisor, moduleReport } = await import('../../index.ts');
    await using supervisor = await createSupervisor({ warmSpares: 0, compileThreads: 1 });
    const info = await supervisor.inspectModule(file);
    new Terminal(options.json).result(info, () => moduleReport(info));
    if (info.refusals.length > 0) onExit(EXIT.failed);
  });
}
