import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { invalidField, isWasmatrixError, type WasmatrixError } from '../core/errors.ts';
import type { HostOptions } from '../host/host-options.ts';
import type { HostToken } from '../host/token-book.ts';
import { checkOptions } from './check-options.ts';
import {
  type Environment,
  type MissingVariable,
  OVERRIDES,
  TOKEN_VARIABLES,
  withVariables,
} from './environment-values.ts';
import type { HostPlan } from './host-plan.ts';
import { ManifestFiles } from './manifest-files.ts';
import { manifestProblems } from './manifest-problems.ts';
import type { Manifest, ManifestHost } from './manifest-schema.ts';
import { plannedGroup, plannedInstance } from './planned-instance.ts';
import { fieldOfPath, pathOfField, SourceText } from './source-text.ts';

const MOST_BYTES = 16 * 1024 * 1024;
const MOST_PROBLEMS = 20;

/**
 * Reads a configuration and checks all of it that can be checked without starting anything.
 *
 * @param path - undefined: there is no file, and only the environment says anything.
 * @throws `INVALID_REQUEST` whose details tell `file`, `line`, `column` and `field`, and every further mistake
 * in `problems`. No value of the file is repeated in it.
 * @internal
 */
export function readManifest(path: string | undefined, environment: Environment): HostPlan {
  const source = path === undefined ? undefined : new SourceText(textOf(path), path);
  const said = saidBy(source, environment);
  const files = new ManifestFiles(path === undefined ? process.cwd() : dirname(resolve(path)));
  try {
    return planned(withOverrides(said, environment), source, files, environment);
  } catch (error) {
    throw placed(error, source);
  }
}

/** What the file says, with its variables, if it is as its schema has it. */
function saidBy(source: SourceText | undefined, environment: Environment): Manifest {
  if (source === undefined) return {};
  const missing: MissingVariable[] = [];
  const value = withVariables(source.value, environment, (each) => missing.push(each));
  const problems = [
    ...missing.map(({ path, name }) => ({ path, problem: `there is no variable ${name}` })),
    ...manifestProblems(value),
  ].slice(0, MOST_PROBLEMS);
  const failures = problems.map(({ path, ...told }) => {
    const details = 'suggestion' in told ? { suggestion: told.suggestion } : {};
    return source.failure(fieldOfPath(path), told.problem, source.placeOf(path), details);
  });
  const [first] = failures;
  if (first === undefined) return value ?? {};
  const others = failures.slice(1).map(({ message }) => message);
  const { field, line, column, ...details } = first.details as Readonly<Record<string, unknown>> & {
    readonly line: number;
    readonly column: number;
  };
  const text = first.message.split(': ').slice(2).join(': ');
  throw source.failure(String(field), text, { line, column }, { ...details, problems: others });
}

/**
 * The same failure with the place in the file that it is about.
 *
 * @param under - the field that the one of the failure is inside of.
 * @internal
 */
export function placed(error: unknown, source: SourceText | undefined, under = ''): unknown {
  if (!isWasmatrixError(error) || source === undefined) return error;
  if ('line' in error.details || 'variable' in error.details) return error;
  const given = typeof error.details['field'] === 'string' ? error.details['field'] : '';
  const field = [under, given].filter((each) => each !== '').join('.');
  const problem = withoutPrefix(error, given);
  const failure = source.failure(field, problem, source.placeOf(pathOfField(field)), error.details);
  return Object.assign(failure, { code: error.code, cause: error });
}

function withoutPrefix({ message }: WasmatrixError, field: string): string {
  return field !== '' && message.startsWith(`${field}: `)
    ? message.slice(field.length + 2)
    : message;
}

function textOf(path: string): string {
  try {
    if (statSync(path).size > MOST_BYTES) throw new Error(`has more than ${MOST_BYTES} bytes`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw invalidField('config', `${path} cannot be read: ${code ?? message}`, { file: path });
  }
}

function withOverrides(manifest: Manifest, environment: Environment): Manifest {
  let result: Readonly<Record<string, unknown>> = manifest;
  for (const [variable, [section, key]] of Object.entries(OVERRIDES)) {
    const text = environment[variable];
    if (text === undefined || text === '') continue;
    result = { ...result, [section]: { ...(result[section] as object | undefined), [key]: text } };
  }
  return result;
}

function planned(
  manifest: Manifest,
  source: SourceText | undefined,
  files: ManifestFiles,
  environment: Environment,
): HostPlan {
  const { host = {}, supervisor = {}, providers = [], groups = [], instances = [] } = manifest;
  const options = hostOptions(host, manifest.triggers, files, environment);
  // Checked here for its place in the file; it is done once more when the host starts.
  checkOptions(options, supervisor, host.logLevel, host.tokens?.length ?? 0, environment);
  return {
    source,
    host: options,
    supervisor,
    logLevel: host.logLevel,
    drainTimeoutMs: host.drainTimeoutMs ?? 10_000,
    providers: providers.map(({ module, config, ...others }) => ({
      ...others,
      ...(module === undefined ? {} : { module: moduleOf(module, files) }),
      ...(config === undefined ? {} : { config: withStorePath(config, files) }),
    })) as HostPlan['providers'],
    groups: groups.map((each, index) => plannedGroup(each, files, `groups[${index}]`)),
    instances: instances.map((each, index) => plannedInstance(each, files, `instances[${index}]`)),
  };
}

const moduleOf = (module: string, files: ManifestFiles): string =>
  module.startsWith('file:') ? module : files.path(module);

/** Where a store is kept, from the folder of the file as everything else. */
function withStorePath(
  config: Readonly<Record<string, unknown>>,
  files: ManifestFiles,
): Readonly<Record<string, unknown>> {
  const { path } = config;
  return typeof path === 'string' && !isAbsolute(path)
    ? { ...config, path: files.path(path) }
    : config;
}

function hostOptions(
  host: ManifestHost,
  triggers: Manifest['triggers'],
  files: ManifestFiles,
  environment: Environment,
): HostPlan['host'] {
  const { listen, triggerListen, tls, modulesFolder, tokens = [], ...others } = host;
  const { logLevel: _level, drainTimeoutMs: _drain, ...plain } = others;
  const all = [
    ...tokens.map(({ tokenFile, ...token }, index) =>
      tokenFile === undefined
        ? token
        : { ...token, token: files.text(tokenFile, `host.tokens[${index}].tokenFile`) },
    ),
    ...environmentTokens(files, environment),
  ] as HostToken[];
  return {
    ...(plain as HostOptions),
    ...(listen === undefined ? {} : { listen: String(listen) }),
    ...(triggerListen === undefined ? {} : { triggerListen: String(triggerListen) }),
    ...(all.length === 0 ? {} : { tokens: all }),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            cert: files.text(tls.certFile, 'host.tls.certFile'),
            key: files.text(tls.keyFile, 'host.tls.keyFile'),
          },
        }),
    ...(modulesFolder === undefined ? {} : { modulesFolder: files.path(modulesFolder) }),
    ...(triggers === undefined || triggers.length === 0 ? {} : { triggers }),
  };
}

function environmentTokens(files: ManifestFiles, environment: Environment): HostToken[] {
  return Object.entries(TOKEN_VARIABLES).flatMap(([variable, role]): HostToken[] => {
    const file = environment[`${variable}_FILE`];
    const text = environment[variable];
    const token = text ?? (file === undefined ? undefined : variableText(variable, file, files));
    return token === undefined || token === ''
      ? []
      : [{ name: `environment-${role}`, role, token }];
  });
}

function variableText(variable: string, file: string, files: ManifestFiles): string {
  const name = `${variable}_FILE`;
  try {
    return files.text(file, name);
  } catch (error) {
    if (!isWasmatrixError(error)) throw error;
    throw invalidField(name, withoutPrefix(error, name), { ...error.details, variable: name });
  }
}
