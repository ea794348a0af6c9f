import { destination, pino } from 'pino';
import type { Logger } from '../core/logger.ts';

/**
 * How much the host says; each level includes those behind it.
 *
 * @public
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** @internal */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/**
 * A logger that writes JSON lines to standard error, so that standard output stays the program's own.
 *
 * @internal
 */
export function pinoLogger(level: LogLevel, bindings: Readonly<Record<string, unknown>>): Logger {
  // Written at once: a line about a crash is of no use in a buffer that dies with the process.
  const stderr = destination({ dest: 2, sync: true });
  return pino({ level, base: { ...bindings } }, stderr);
}
