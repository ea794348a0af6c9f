import { styleText } from 'node:util';
import { isWasmatrixError, messageOf, WasmatrixError } from '../core/errors.ts';
import { printable, printableLines, valueText } from './terminal.ts';

/** What a command can end with. Guests that `run` carries have codes of their own. */
export const EXIT = {
  ok: 0,
  /** It was tried, and has failed. */
  failed: 1,
  /** It was not tried: the command line, the configuration or the request is wrong. */
  misused: 2,
} as const;

/** Says on standard error why a command has failed. @returns the exit code. */
export function reportFailure(thrown: unknown, isJson: boolean): number {
  const error = isWasmatrixError(thrown)
    ? thrown
    : new WasmatrixError('WASM_RUNTIME_ERROR', messageOf(thrown));
  const exitCode = error.code === 'INVALID_REQUEST' ? EXIT.misused : EXIT.failed;
  if (isJson) {
    const { error_code, message, details, timestamp } = asResponse(error);
    process.stderr.write(`${JSON.stringify({ error_code, message, details, timestamp })}\n`);
    return exitCode;
  }
  const code = styleText('red', error.code, { stream: process.stderr });
  process.stderr.write(`${code}: ${printable(error.message)}\n`);
  const { problems, hint, payload } = error.details;
  if (payload !== undefined) {
    process.stderr.write(`  ${printable(valueText(payload))}\n`);
  }
  if (Array.isArray(problems)) {
    for (const problem of problems) process.stderr.write(`  ${printable(String(problem))}\n`);
  }
  if (typeof hint === 'string') process.stderr.write(`${printableLines(hint)}\n`);
  return exitCode;
}

function asResponse(error: WasmatrixError): ReturnType<WasmatrixError['toJSON']> {
  return {
    error_code: error.code,
    message: error.message,
    details: error.details,
    timestamp: error.timestamp,
  };
}
