import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../gates/run-tool.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { packageFile, packageVersion } from './packages.ts';

/** Tools that make a component of JavaScript, by the package that they come from. */
export type JsEngine = 'componentize-js' | 'componentize-qjs';

const FOLDER = join(REPOSITORY_ROOT, 'spec', 'matrix');
const PACKAGES: Readonly<Record<JsEngine, string>> = {
  'componentize-js': '@bytecodealliance/componentize-js',
  'componentize-qjs': 'componentize-qjs',
};

/** Whether the calculator can be had without building it for a minute, and where it is or will be. */
export function jsGuest(engine: JsEngine): {
  readonly file: string;
  readonly isBuilt: boolean;
  readonly isInstalled: boolean;
} {
  const hash = createHash('sha256').update(packageVersion(PACKAGES[engine]));
  for (const source of ['calculator.js', 'calculator.wit', 'build-calculator.mjs']) {
    hash.update(readFileSync(join(FOLDER, source)));
  }
  const name = `${engine}-${hash.digest('hex').slice(0, 16)}.wasm`;
  const file = join(REPOSITORY_ROOT, '.build', 'matrix-guests', name);
  const isInstalled = packageFile(PACKAGES[engine], 'package.json') !== undefined;
  return { file, isBuilt: existsSync(file), isInstalled };
}

/** Builds the calculator; its file is kept for the next run with the same sources. */
export async function buildJsGuest(engine: JsEngine): Promise<string> {
  const { file, isBuilt } = jsGuest(engine);
  if (isBuilt) return file;
  const script = join(FOLDER, 'build-calculator.mjs');
  const { code, output } = await run(process.execPath, [script, engine, file], REPOSITORY_ROOT);
  if (code !== 0) throw new Error(`${engine} failed:\n${output}`);
  return file;
}
