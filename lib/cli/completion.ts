import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/**
 * Adds `completion`, which prints a script for a shell, and the hidden `complete`, which that script asks
 * for each word. Last of all, because both know only the commands that are there already.
 */
export function addCompletion(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
}
