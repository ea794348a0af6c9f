import type { ExtismCalls } from './extism-calls.ts';

/** `trace`: a plug-in need not keep back anything, since what is kept is bounded. */
const LOWEST_LEVEL = 0;

/**
 * Lines of standard error.
 *
 * @internal
 */
export const logCalls: ExtismCalls<
  'get_log_level' | 'log_trace' | 'log_debug' | 'log_info' | 'log_warn' | 'log_error'
> = {
  get_log_level: () => LOWEST_LEVEL,
  log_trace: (context, message) => context.log('trace', context.bytesOf(message)),
  log_debug: (context, message) => context.log('debug', context.bytesOf(message)),
  log_info: (context, message) => context.log('info', context.bytesOf(message)),
  log_warn: (context, message) => context.log('warn', context.bytesOf(message)),
  log_error: (context, message) => context.log('error', context.bytesOf(message)),
};
