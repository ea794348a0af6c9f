import type { Command } from 'commander';
import { capabilityCommands } from './commands/capability-commands.ts';
import { doctorCommand } from './commands/doctor-command.ts';
import { eventsCommand } from './commands/events-command.ts';
import { hostCommand } from './commands/host-command.ts';
import { initCommand } from './commands/init-command.ts';
import { inspectCommand } from './commands/inspect-command.ts';
import { instanceCommands } from './commands/instance-commands.ts';
import { invokeCommand } from './commands/invoke-command.ts';
import { loadCommand } from './commands/load-command.ts';
import { psCommand } from './commands/ps-command.ts';
import { runCommand } from './commands/run-command.ts';
import { startCommand } from './commands/start-command.ts';
import { topCommand } from './commands/top-command.ts';

/** Adds a command; what it does is loaded when it is called. */
export type AddCommand = (program: Command, onExit: (code: number) => void) => void;

/** The commands, in the order in which help shows them. */
export const COMMANDS: readonly AddCommand[] = [
  hostCommand,
  runCommand,
  inspectCommand,
  psCommand,
  startCommand,
  instanceCommands,
  invokeCommand,
  capabilityCommands,
  eventsCommand,
  topCommand,
  doctorCommand,
  loadCommand,
  initCommand,
];
