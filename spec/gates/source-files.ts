import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../repository-root.ts';

/** The folders that hold TypeScript, tests and examples included. */
export const SOURCE_FOLDERS: readonly string[] = [
  'lib',
  'workers',
  'providers',
  'spec',
  'examples',
];

/** Paths of the TypeScript files below the folders, relative to the repository. */
export function sourceFiles(folders: readonly string[] = SOURCE_FOLDERS): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(REPOSITORY_ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  );
}

/** A file of the repository as text. */
export function repositoryText(path: string): string {
  return readFileSync(join(REPOSITORY_ROOT, path), 'utf8');
}

/** The cells of the table rows of a Markdown file that begin with a name in backticks. */
export function namedRows(path: string): readonly (readonly [string, ...string[]])[] {
  return repositoryText(path)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [name = '', ...others] = line
        .slice(1, line.lastIndexOf('|'))
        .split('|')
        .map((cell) => cell.trim());
      return [name.replaceAll('`', ''), ...others];
    });
}
