/**
 * Where the host's own log lines go; pino satisfies it as it is.
 *
 * @public
 */
export interface Logger {
  /** Each fact and each request. */
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** What guests write, and whatever changes something. */
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** What was refused, or went wrong and was dealt with. */
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** Faults that somebody has to look at. */
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/**
 * The default: says nothing.
 *
 * @internal
 */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
