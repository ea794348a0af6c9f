import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { closestWord } from './closest-word.ts';
import { MANIFEST_SECTIONS } from './manifest-schema.ts';
import type { SourcePath } from './source-text.ts';

/** A value that is not as the schema has it. What it is instead is not told: it may be a secret. */
export interface ManifestProblem {
  readonly path: SourcePath;
  readonly problem: string;
  /** The key that was probably meant. */
  readonly suggestion?: string;
}

interface SchemaError {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message: string;
}

const CHECKS = Object.fromEntries(
  Object.entries(MANIFEST_SECTIONS).map(([name, schema]) => [name, Compile(schema as TSchema)]),
);

const LISTS = new Set(['providers', 'groups', 'instances', 'triggers']);

/** Everything that is wrong with what a file says; each entry of a list is looked at for itself. */
export function manifestProblems(value: unknown): readonly ManifestProblem[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object' || Array.isArray(value)) {
    return [{ path: [], problem: 'must be a mapping of sections' }];
  }
  return Object.entries(value).flatMap(([name, section]: [string, unknown]) => {
    const schema = MANIFEST_SECTIONS[name as keyof typeof MANIFEST_SECTIONS];
    if (!Object.hasOwn(MANIFEST_SECTIONS, name)) {
      return [unknownKey([name], Object.keys(MANIFEST_SECTIONS))];
    }
    if (!LISTS.has(name)) return problemsOf(name, schema, section, [name]);
    if (!Array.isArray(section)) return [{ path: [name], problem: 'must be a list' }];
    return section.flatMap((each: unknown, index) => problemsOf(name, schema, each, [name, index]));
  });
}

function problemsOf(
  name: string,
  schema: TSchema,
  value: unknown,
  at: SourcePath,
): ManifestProblem[] {
  const check = CHECKS[name];
  if (check === undefined || check.Check(value)) return [];
  const errors = check.Errors(value) as readonly SchemaError[];
  return telling(errors).flatMap((error) => {
    const steps = stepsOf(error.instancePath, value);
    const path = [...at, ...steps];
    if (error.keyword !== 'additionalProperties') return [{ path, problem: wordsFor(error) }];
    const strangers = error.params['additionalProperties'] as readonly string[];
    const known = keysAt(schema, steps);
    return strangers.map((key) => unknownKey([...path, key], known));
  });
}

function unknownKey(path: SourcePath, known: readonly string[]): ManifestProblem {
  const suggestion = closestWord(String(path.at(-1)), known);
  const hint =
    suggestion === undefined
      ? `, known are ${known.toSorted().join(', ')}`
      : `, did you mean "${suggestion}"?`;
  const problem = `unknown key${hint}`;
  return suggestion === undefined ? { path, problem } : { path, problem, suggestion };
}

/** Of alternatives, the one that comes nearest; of what follows from another error, nothing. */
function telling(errors: readonly SchemaError[]): readonly SchemaError[] {
  const own = errors.filter(({ keyword }) => keyword !== 'boolean' && keyword !== 'anyOf');
  const branches = Map.groupBy(own, ({ schemaPath }) => /^(.*?)\/anyOf\/\d+/.exec(schemaPath)?.[1]);
  return [...branches].flatMap(([union, all]) => {
    if (union === undefined) return all;
    const each = Map.groupBy(all, ({ schemaPath }) =>
      schemaPath.slice(union.length).split('/').slice(0, 3).join('/'),
    );
    const nearest = [...each.values()].toSorted((a, b) => weightOf(a) - weightOf(b))[0] ?? [];
    return nearest.map((error) => withAllChoices(error, all));
  });
}

/** Words that another alternative has in the same place could have been meant as well. */
function withAllChoices(error: SchemaError, all: readonly SchemaError[]): SchemaError {
  if (wordsOf(error).length === 0) return error;
  const rivals = all.filter(({ instancePath }) => instancePath === error.instancePath);
  const allowedValues = [...new Set(rivals.flatMap(wordsOf))];
  return { ...error, keyword: 'enum', params: { allowedValues } };
}

function wordsOf({ keyword, params }: SchemaError): readonly unknown[] {
  if (keyword === 'const') return [params['allowedValue']];
  const { allowedValues } = params;
  return keyword === 'enum' && Array.isArray(allowedValues) ? allowedValues : [];
}

/** A wrong kind of thing says that another alternative was meant. */
function weightOf(errors: readonly SchemaError[]): number {
  return errors.reduce((sum, { keyword }) => sum + (/const|type/.test(keyword) ? 10 : 1), 0);
}

function wordsFor({ keyword, params, message }: SchemaError): string {
  const { allowedValues, requiredProperties } = params;
  if (keyword === 'required' && Array.isArray(requiredProperties)) {
    return `lacks ${requiredProperties.map((name) => `"${name}"`).join(', ')}`;
  }
  if (keyword === 'enum' && Array.isArray(allowedValues)) {
    return `must be one of ${allowedValues.join(', ')}`;
  }
  return message;
}

/** A pointer as steps; digits are an index only where there is a list. */
function stepsOf(pointer: string, value: unknown): (string | number)[] {
  let here = value;
  return pointer
    .split('/')
    .slice(1)
    .map((step) => {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      const isList = Array.isArray(here);
      here = (here as Readonly<Record<string, unknown>> | null | undefined)?.[name];
      return isList ? Number(name) : name;
    });
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** The keys that an object at that place may have. */
function keysAt(schema: TSchema, steps: SourcePath): readonly string[] {
  let nodes: readonly SchemaNode[] = [schema];
  const widened = (): readonly SchemaNode[] => nodes.flatMap((node) => node.anyOf ?? [node]);
  for (const step of steps) {
    nodes = widened().flatMap((node) => {
      const next = typeof step === 'number' ? node.items : node.properties?.[step];
      return next === undefined ? [] : [next];
    });
  }
  return [...new Set(widened().flatMap(({ properties = {} }) => Object.keys(properties)))];
}
