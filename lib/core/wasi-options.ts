import { invalidField } from './errors.ts';
import {
  boundedString,
  integerIn,
  knownFields,
  plainRecord,
  stringRecord,
  within,
} from './field-checks.ts';

const MIB = 1024 * 1024;

/**
 * What a WASI guest finds: nothing of the host, only what is given here.
 *
 * @public
 */
export interface WasiOptions {
  /** `args[0]` is the program's name. @defaultValue `['guest']` */
  readonly args?: readonly string[];
  /** @defaultValue empty */
  readonly env?: Readonly<Record<string, string>>;
  /** @defaultValue empty */
  readonly stdin?: Uint8Array;
  /** Initial files of the in-memory file system by path; parents are made. @defaultValue none */
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Bytes that the guest may add to its files. @defaultValue 16 MiB */
  readonly scratchBytes?: number;
}

/** @internal */
export type ResolvedWasiOptions = Required<WasiOptions>;

const BOUNDS = {
  args: 4_096,
  files: 65_536,
  inputBytes: 512 * MIB,
  pathLength: 4_096,
  nameBytes: 255,
};

/**
 * Fills in the defaults, checks every field and copies what the caller might still change.
 *
 * @throws `INVALID_REQUEST` naming the field.
 * @internal
 */
export function resolveWasiOptions(value: unknown, field = 'wasi'): ResolvedWasiOptions {
  const known = ['args', 'env', 'stdin', 'files', 'scratchBytes'];
  const given = value === undefined ? {} : knownFields(value, field, known);
  return {
    args: checkedArgs(given['args'], within(field, 'args')),
    env: checkedEnv(given['env'], within(field, 'env')),
    stdin: checkedStdin(given['stdin'], within(field, 'stdin')),
    files: checkedFiles(given['files'], within(field, 'files')),
    scratchBytes: integerIn(given['scratchBytes'], within(field, 'scratchBytes'), {
      min: 0,
      max: 4_096 * MIB,
      fallback: 16 * MIB,
    }),
  };
}

function checkedArgs(value: unknown, field: string): readonly string[] {
  if (value === undefined) return ['guest'];
  if (!Array.isArray(value)) throw invalidField(field, 'must be an array of strings');
  if (value.length > BOUNDS.args) {
    throw invalidField(field, `must have at most ${BOUNDS.args} entries`);
  }
  // `Array.from` visits the holes of a sparse array too; `map` would let them through unchecked.
  return Array.from(value, (text, index) => withoutZero(text, `${field}[${index}]`, MIB));
}

function checkedEnv(value: unknown, field: string): Readonly<Record<string, string>> {
  const env = stringRecord(value, field, {
    entries: BOUNDS.args,
    keyLength: 4_096,
    valueLength: MIB,
  });
  for (const [key, text] of Object.entries(env)) {
    if (key === '' || key.includes('=') || key.includes('\0')) {
      throw invalidField(within(field, key), 'is no name of an environment variable');
    }
    withoutZero(text, within(field, key), MIB);
  }
  return env;
}

function withoutZero(value: unknown, field: string, maxLength: number): string {
  const text = boundedString(value, field, maxLength);
  if (text.includes('\0')) throw invalidField(field, 'must have no zero byte');
  return text;
}

function checkedStdin(value: unknown, field: string): Uint8Array {
  return value === undefined ? new Uint8Array(0) : checkedBytes(value, field);
}

function checkedBytes(value: unknown, field: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalidField(field, 'must be a Uint8Array');
  if (value.length > BOUNDS.inputBytes) {
    throw invalidField(field, `must have at most ${BOUNDS.inputBytes} bytes`);
  }
  return value.slice();
}

function checkedFiles(value: unknown, field: string): Readonly<Record<string, Uint8Array>> {
  if (value === undefined) return {};
  const entries = Object.entries(plainRecord(value, field));
  if (entries.length > BOUNDS.files) {
    throw invalidField(field, `must have at most ${BOUNDS.files} files`);
  }
  const files = Object.fromEntries(
    entries.map(([path, content]) => {
      withoutZero(path, `${field} (path)`, BOUNDS.pathLength);
      const steps = stepsOf(path);
      if (steps.length === 0 || steps.includes('..') || path.endsWith('/')) {
        throw invalidField(within(field, path), 'is no path of a file');
      }
      if (steps.some(isTooLong)) {
        const problem = `has a name of more than ${BOUNDS.nameBytes} bytes`;
        throw invalidField(within(field, path), problem);
      }
      return [path, checkedBytes(content, within(field, path))];
    }),
  );
  refuseConflicts(Object.keys(files), field);
  return files;
}

function stepsOf(path: string): readonly string[] {
  return path.split('/').filter((step) => step !== '' && step !== '.');
}

/** No guest could open it. */
function isTooLong(name: string): boolean {
  return new TextEncoder().encode(name).length > BOUNDS.nameBytes;
}

/** One file cannot be there twice, nor be the folder of another. */
function refuseConflicts(paths: readonly string[], field: string): void {
  // No step has a zero, and nothing sorts before it: what is below a path comes right behind it.
  const sorted = paths.map((path) => ({ path, key: `${stepsOf(path).join('\0')}\0` }));
  sorted.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  for (const [index, { path, key }] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before === undefined || !key.startsWith(before.key)) continue;
    const problem = key === before.key ? 'is given twice' : 'lies below another file';
    throw invalidField(within(field, path), problem);
  }
}
