const INTERRUPTED = 130;

/** One run of a script, from its options to its exit code. */
export type Command = (args: readonly string[], signal: AbortSignal) => Promise<number>;

/**
 * Runs a script of the command line. The first Ctrl-C asks it to stop and report, the second ends it. Options
 * that are wrong, which throw a `TypeError`, are answered by the usage and exit code 2.
 */
export async function runCommand(usage: string, command: Command): Promise<void> {
  const interruption = new AbortController();
  const onInterrupt = (): void => {
    if (interruption.signal.aborted) process.exit(INTERRUPTED);
    interruption.abort();
  };
  process.on('SIGINT', onInterrupt);
  try {
    process.exitCode = await command(process.argv.slice(2), interruption.signal);
  } catch (error) {
    const isUsage = error instanceof TypeError;
    const text = isUsage ? `${error.message}\n\n${usage}` : String((error as Error).stack);
    process.stderr.write(`${text}\n`);
    process.exitCode = isUsage ? 2 : 1;
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}
