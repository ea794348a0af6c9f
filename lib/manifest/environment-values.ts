import type { SourcePath } from './source-text.ts';

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is referred to and not there. */
export interface MissingVariable {
  readonly path: SourcePath;
  readonly name: string;
}

const REFERENCE = /\$\{ENV:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;
/** As deep as any section of the file goes, with room. */
const MAX_DEPTH = 64;

/** A value with every `${ENV:NAME}` and `${ENV:NAME:-otherwise}` of its texts replaced. */
export function withVariables(
  value: unknown,
  environment: Environment,
  onMissing: (missing: MissingVariable) => void,
  path: SourcePath = [],
): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(REFERENCE, (_, name: string, otherwise: string | undefined) => {
      const text = environment[name] ?? otherwise;
      if (text === undefined) onMissing({ path, name });
      return text ?? '';
    });
  }
  if (typeof value !== 'object' || value === null || path.length > MAX_DEPTH) return value;
  if (Array.isArray(value)) {
    return value.map((each, index) =>
      withVariables(each, environment, onMissing, [...path, index]),
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      withVariables(each, environment, onMissing, [...path, key]),
    ]),
  );
}

/** Variables that stand above what the file says, with what each replaces. */
export const OVERRIDES = {
  WASMATRIX_LISTEN: ['host', 'listen'],
  WASMATRIX_TRIGGER_LISTEN: ['host', 'triggerListen'],
  WASMATRIX_MODULES_FOLDER: ['host', 'modulesFolder'],
  WASMATRIX_LOG_LEVEL: ['host', 'logLevel'],
  WASMATRIX_NODE_ID: ['supervisor', 'nodeId'],
} as const;

/** Variables that add a token of a role; with `_FILE` behind it, the name of a file that has it. */
export const TOKEN_VARIABLES = {
  WASMATRIX_ADMIN_TOKEN: 'admin',
  WASMATRIX_READ_TOKEN: 'read',
} as const;
