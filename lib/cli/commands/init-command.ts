import type { Command } from 'commander';
import { type CommonOptions, withJson } from '../command-options.ts';

/** `wasmatrix init` */
export function initCommand(program: Command): void {
  withJson(
    program
      .command('init [folder]')
      .description('write a configuration with comments, and a guest; nothing is overwritten'),
  ).action(async (folder: string | undefined, options: CommonOptions) => {
    const { initFolder } = await import('../init-folder.ts');
    await initFolder(folder ?? '.', options);
  });
}
