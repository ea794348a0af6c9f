import { readFileSync } from 'node:fs';

/** The version of this package. */
export function packageVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const text = readFileSync(new URL(path, import.meta.url), 'utf8');
      const { name, version } = JSON.parse(text) as Readonly<Record<string, string>>;
      if (name === 'wasmatrix' && version !== undefined) return version;
    } catch {
      // The sources lie one folder nearer to it than what is published.
    }
  }
  return '0.0.0';
}
