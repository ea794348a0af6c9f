// Rebuilds every guest with toolchains that come from npm alone and prints what came out. With
// --check it writes nothing and fails when a checked-in guest differs from its source.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';
import { runClang, runLLVM } from '@yowasp/clang';
import asc from 'assemblyscript/asc';
import makeWabt from 'wabt';

const SOURCES = new URL('sources/', import.meta.url);
const BUILT = new URL('built/', import.meta.url);
const MOST_BYTES = 100_000;

const read = (name) => readFileSync(new URL(name, SOURCES), 'utf8');
const headers = Object.fromEntries(
  readdirSync(SOURCES)
    .filter((name) => name.endsWith('.h'))
    .map((name) => [name, read(name)]),
);

async function clang(source, flags) {
  const files = await runClang(
    ['clang', '-Os', '-Wall', ...flags, '-Wl,--strip-all', source, '-o', 'out.wasm'],
    { ...headers, [source]: read(source) },
    { decodeASCII: false },
  );
  return files['out.wasm'];
}

// -fno-builtin: the compiler would otherwise turn our loops into calls of a memcpy that is not there.
const FREESTANDING = ['--target=wasm32', '-nostdlib', '-ffreestanding', '-fno-builtin'];
const NO_ENTRY = ['-Wl,--no-entry', '-Wl,-z,stack-size=8192'];
const freestanding = (source) => clang(source, [...FREESTANDING, ...NO_ENTRY]);
const command = (source) => clang(source, ['--target=wasm32-wasip1']);
const reactor = (source) => clang(source, ['--target=wasm32-wasip1', '-mexec-model=reactor']);

// Its sources are named .as on disk: our own compiler takes every .ts below spec for TypeScript.
async function assemblyScript(source, flags = ['--use', 'abort=']) {
  let binary;
  const { error, stderr } = await asc.main(
    ['guest.ts', '--outFile', 'out.wasm', '--runtime', 'stub', ...flags, '-O2'],
    {
      readFile: (name) => (name === 'guest.ts' ? read(source) : null),
      writeFile: (name, contents) => {
        if (name === 'out.wasm') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${source}: ${error.message}\n${stderr.join('')}`);
  return binary;
}

async function embed(core, world, stringEncoding) {
  const witSource = read('guests.wit');
  return componentNew(await componentEmbed({ binary: core, witSource, world, stringEncoding }), []);
}

async function text(source) {
  const wabt = await makeWabt();
  return wabt.parseWat(source, read(source), { reference_types: true }).toBinary({}).buffer;
}

const component = (make, world, encoding) => async (source) =>
  embed(await make(source), world, encoding);

const GUESTS = [
  { guest: 'counter-c', source: 'counter.c', build: component(freestanding, 'counter', 'utf8') },
  {
    guest: 'counter-as',
    source: 'counter.as',
    build: component(assemblyScript, 'counter-utf16', 'utf16'),
  },
  {
    guest: 'counter-draft2',
    source: 'counter-draft2.c',
    build: component(freestanding, 'counter-draft2', 'utf8'),
  },
  {
    guest: 'messenger-c',
    source: 'messenger.c',
    build: component(freestanding, 'messenger', 'utf8'),
  },
  {
    guest: 'messenger-draft',
    source: 'messenger-draft.c',
    build: component(freestanding, 'messenger-draft', 'utf8'),
  },
  { guest: 'fetch-c', source: 'fetch.c', build: component(freestanding, 'fetch', 'utf8') },
  { guest: 'serve-c', source: 'serve.c', build: component(freestanding, 'serve', 'utf8') },
  { guest: 'command-c', source: 'command.c', build: component(freestanding, 'command', 'utf8') },
  { guest: 'hello-c', source: 'hello.c', build: command },
  { guest: 'reactor-c', source: 'reactor.c', build: reactor },
  { guest: 'compute-c', source: 'compute.c', build: freestanding },
  { guest: 'core', source: 'core.wat', build: text },
  { guest: 'shims-as', source: 'shims.as', build: (source) => assemblyScript(source, []) },
  { guest: 'extism-asker', source: 'extism-asker.wat', build: text },
  { guest: 'extism-caller', source: 'extism-caller.c', build: freestanding },
  { guest: 'extism-plugin', source: 'extism-plugin.c', build: freestanding },
  { guest: 'extism-wasi', source: 'extism-wasi.c', build: reactor },
  { guest: 'wapc-guest', source: 'wapc-guest.c', build: freestanding },
  { guest: 'wapc-main', source: 'wapc-main.wat', build: text },
];

// Loads the compiler beforehand, because the first use would report its progress among the table.
await runLLVM(null, {}, { fetchProgress: () => undefined });
const isCheck = process.argv.includes('--check');
mkdirSync(BUILT, { recursive: true });
const rows = [];
for (const { guest, source, build } of GUESTS) {
  const bytes = await build(source);
  if (bytes.length > MOST_BYTES) throw new Error(`${guest}: ${bytes.length} bytes are too many`);
  const target = new URL(`${guest}.wasm`, BUILT);
  if (!isCheck) writeFileSync(target, bytes);
  else if (!readFileSync(target).equals(bytes))
    throw new Error(`${guest}: not built from ${source}`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  rows.push({ guest, source, bytes: bytes.length, sha256 });
}
console.table(rows);
