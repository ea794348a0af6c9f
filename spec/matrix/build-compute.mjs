// Builds one C source in several ways: node build-compute.mjs FOLDER.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';
import { runClang } from '@yowasp/clang';

const [folder] = process.argv.slice(2);
const source = readFileSync(new URL('../guests/sources/compute.c', import.meta.url), 'utf8');
const witSource = readFileSync(new URL('compute.wit', import.meta.url), 'utf8');
const BARE = ['--target=wasm32', '-nostdlib', '-ffreestanding', '-fno-builtin', '-Wl,--no-entry'];

async function clang(...flags) {
  const files = await runClang(['clang', ...flags, 'compute.c', '-o', 'out.wasm'], {
    'compute.c': source,
  });
  return files['out.wasm'];
}

async function component(binary) {
  const embedded = await componentEmbed({ binary, witSource, world: 'compute' });
  return componentNew(embedded, []);
}

const builds = {
  'core-O0': await clang(...BARE, '-O0'),
  'core-O3': await clang(...BARE, '-O3'),
  'core-simd': await clang(...BARE, '-O3', '-msimd128'),
  reactor: await clang('--target=wasm32-wasip1', '-mexec-model=reactor', '-O2'),
  component: await component(await clang(...BARE, '-Os')),
};
mkdirSync(folder, { recursive: true });
for (const [name, bytes] of Object.entries(builds))
  writeFileSync(join(folder, `${name}.wasm`), bytes);
