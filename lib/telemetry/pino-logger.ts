import { pino } from 'pino';
import type { Logger } from '../core/logger.ts';
import { BoundedLines } from './bounded-lines.ts';

/** Of lines that wait for whoever reads them. */
const MOST_WAITING_BYTES = 1024 * 1024;

/**
 * How much the host says; each level includes those behind it.
 *
 * @public
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** @internal */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/**
 * A logger that writes JSON lines to standard error, so that standard output stays the program's own. A reader that
 * stalls holds nobody up: lines beyond 1 MiB are dropped, and a later line tells how many.
 *
 * @internal
 */
export function pinoLogger(level: LogLevel, bindings: Readonly<Record<string, unknown>>): Logger {
  // While its reader keeps up, the stream writes at once: a line about a crash does not die in a buffer.
  const lines = new BoundedLines(process.stderr, MOST_WAITING_BYTES, (droppedLines) =>
    log.warn({ droppedLines }, 'lines were dropped: whoever reads them is too slow'),
  );
  const log = pino({ level, base: { ...bindings } }, lines);
  return log;
}
