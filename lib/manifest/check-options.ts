import { resolveSupervisorOptions } from '../actors/supervisor-options.ts';
import { invalidField, isWasmatrixError, WasmatrixError } from '../core/errors.ts';
import { type HostOptions, resolveHostOptions } from '../host/host-options.ts';
import { type Environment, OVERRIDES, TOKEN_VARIABLES } from './environment-values.ts';
import type { HostPlan } from './host-plan.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'];

/**
 * Checks the options of a plan as its start will, so that what is wrong has a place in the file, or the name of a
 * variable.
 *
 * @param fileTokens - how many of the tokens are from the file; the others are from the environment.
 * @throws `INVALID_REQUEST` naming the field, under the section that it is in.
 */
export function checkOptions(
  host: HostOptions,
  supervisor: HostPlan['supervisor'],
  logLevel: string | undefined,
  fileTokens: number,
  environment: Environment,
): void {
  try {
    within('host', () => {
      if (logLevel !== undefined && !LOG_LEVELS.includes(logLevel)) {
        throw invalidField('logLevel', `must be one of ${LOG_LEVELS.join(', ')}`);
      }
      resolveHostOptions(host);
    });
    within('supervisor', () => resolveSupervisorOptions(supervisor));
  } catch (error) {
    throw namingVariable(error, fileTokens, environment);
  }
}

function within(section: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    const field = fieldOf(error);
    if (!isWasmatrixError(error) || field === '' || field.startsWith('triggers[')) throw error;
    throw renamed(error, `${section}.${field}`);
  }
}

/** Whoever has set a variable looks for its name, not for a key that is not in the file. */
function namingVariable(error: unknown, fileTokens: number, environment: Environment): unknown {
  const field = fieldOf(error);
  if (!isWasmatrixError(error)) return error;
  const isSet = (name: string): boolean => (environment[name] ?? '') !== '';
  let variable = Object.entries(OVERRIDES).find(([, path]) => path.join('.') === field)?.[0];
  const token = Number(/^host\.tokens\[(\d+)\]/.exec(field)?.[1] ?? Number.NaN);
  if (token >= fileTokens) {
    const names = Object.keys(TOKEN_VARIABLES).flatMap((name) => {
      const given = [name, `${name}_FILE`].find(isSet);
      return given === undefined ? [] : [given];
    });
    variable = names[token - fileTokens];
  }
  if (variable === undefined || !isSet(variable)) return error;
  return renamed(error, variable, { variable });
}

function fieldOf(error: unknown): string {
  const field = isWasmatrixError(error) ? error.details['field'] : undefined;
  return typeof field === 'string' ? field : '';
}

function renamed(error: WasmatrixError, field: string, details = {}): WasmatrixError {
  const given = fieldOf(error);
  const { message } = error;
  const problem = message.startsWith(`${given}: `) ? message.slice(given.length + 2) : message;
  const all = { ...error.details, field, ...details };
  return new WasmatrixError(error.code, `${field}: ${problem}`, all, { cause: error });
}
