/**
 * The import module name of the Extism kernel.
 *
 * @internal
 */
export const EXTISM_MODULE = 'extism:host/env';

/**
 * The import module name of what hosts of Extism define themselves: functions of any name.
 *
 * @internal
 */
export const HOST_FUNCTION_MODULE = 'extism:host/user';
