import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../repository-root.ts';

/** A file of an installed package; nothing if the package is not installed. */
export function packageFile(name: string, path: string): string | undefined {
  const file = join(REPOSITORY_ROOT, 'node_modules', name, path);
  return existsSync(file) ? file : undefined;
}

/** The version of an installed package. */
export function packageVersion(name: string): string {
  const manifest = packageFile(name, 'package.json');
  if (manifest === undefined) return 'not installed';
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version;
}
