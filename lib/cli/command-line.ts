import { Command, CommanderError } from 'commander';
import { messageOf, WasmatrixError } from '../core/errors.ts';
import { COMMANDS } from './command-list.ts';
import { EXIT, reportFailure } from './failure-report.ts';
import { endWithReader } from './output-errors.ts';
import { packageVersion } from './package-version.ts';

const FIRST_STEPS = `
First steps:
  wasmatrix run guest.wasm        run one guest here, until it ends
  wasmatrix inspect guest.wasm    what it is and what it needs
  wasmatrix init demo             a configuration and a guest to begin with
  wasmatrix host                  a host with its control API, on http://127.0.0.1:7070
  wasmatrix ps                    what runs there
`;

/** The command line as commander knows it; `onExit` hears the exit code of a command that has one. */
export function commandLine(onExit: (code: number) => void, isJson = false): Command {
  const program = new Command('wasmatrix')
    .description('A WebAssembly orchestrator: guests in supervised threads, capabilities by grant.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .addHelpText('after', FIRST_STEPS)
    .showSuggestionAfterError()
    .showHelpAfterError('(--help tells more)')
    .exitOverride();
  if (isJson) program.configureOutput({ outputError: () => undefined, writeErr: () => undefined });
  // What is set above is inherited by each of them.
  for (const add of COMMANDS) add(program, onExit);
  return program;
}

/** Does what a command line says. @returns the exit code. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const isJson = args.slice(0, endOfOptions(args)).includes('--json');
  endWithReader(isJson);
  const program = commandLine((code) => {
    exitCode = code;
  }, isJson);
  try {
    if (args[0] === 'completion' || args[0] === 'complete') {
      const { addCompletion } = await import('./completion.ts');
      addCompletion(program);
    } else {
      program
        .command('completion <shell>')
        .description(
          'print what makes a shell complete this command: bash, zsh, fish or powershell',
        );
    }
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(error, isJson);
    if (error.exitCode === 0) return EXIT.ok;
    if (isJson) {
      const message = messageOf(error).replace(/^error: /, '');
      reportFailure(new WasmatrixError('INVALID_REQUEST', message, { field: 'args' }), true);
    }
    return EXIT.misused;
  }
}

function endOfOptions(args: readonly string[]): number {
  const at = args.indexOf('--');
  return at === -1 ? args.length : at;
}
