import type { Logger } from './logger.ts';
import { isPromiseLike } from './promise-like.ts';

/**
 * A logger that never fails: what it cannot write is lost, and nothing else with it.
 *
 * @internal
 */
export function guardedLogger(logger: Logger): Logger {
  const guarded =
    (level: keyof Logger): Logger['info'] =>
    (fields, message) => {
      try {
        const written: unknown = logger[level](fields, message);
        // An asynchronous one may fail later, which would end the process as an unhandled rejection.
        if (isPromiseLike(written)) written.then(undefined, () => undefined);
      } catch {
        // There is nowhere left to say so.
      }
    };
  return {
    debug: guarded('debug'),
    info: guarded('info'),
    warn: guarded('warn'),
    error: guarded('error'),
  };
}
