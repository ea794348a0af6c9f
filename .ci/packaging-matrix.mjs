// Packs the package, installs it in an empty project and uses it there, as a library and by npx, on each
// version of Node that is supported: npm run packaging. A version that npm cannot give is skipped, and said.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSIONS = ['22', '24', '26'];
const ROOT = fileURLToPath(new URL('../', import.meta.url));
const LIMIT_MS = 300_000;
const folder = mkdtempSync(join(tmpdir(), 'wasmatrix-packaging-'));

const MAIN = `
import { readFileSync } from 'node:fs';
import { createSupervisor } from 'wasmatrix';
const supervisor = await createSupervisor();
const module = readFileSync('demo/guest/calculator.wasm');
const id = await supervisor.startInstance({ module });
console.log(process.version, await supervisor.invoke(id, 'add', [2, 3]));
await supervisor.close();
`;

const say = (line) => process.stdout.write(`${line}\n`);

function run(file, args, cwd, path = process.env.PATH) {
  const env = { ...process.env, PATH: path, NO_COLOR: '1' };
  const done = spawnSync(file, args, { cwd, env, encoding: 'utf8', timeout: LIMIT_MS });
  return { code: done.status, stdout: done.stdout ?? '', output: `${done.stdout}${done.stderr}` };
}

function must(file, args, cwd, path) {
  const done = run(file, args, cwd, path);
  if (done.code !== 0) throw new Error(`${file} ${args.join(' ')}: ${done.code}\n${done.output}`);
  return done.stdout;
}

/** @returns the folder that has this Node, or nothing. */
function nodeOf(version) {
  const own = join(folder, `node-${version}`);
  mkdirSync(own);
  writeFileSync(join(own, 'package.json'), '{ "private": true }');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const name = `node-${process.platform}-${process.arch}`;
  const { code } = run('npm', ['install', ...flags, `${name}@${version}`], own);
  return code === 0 ? join(own, 'node_modules', name, 'bin') : undefined;
}

function use(tarball, version, bin) {
  const project = join(folder, `project-${version}`);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "type": "module" }');
  writeFileSync(join(project, 'main.js'), MAIN);
  const path = [bin, process.env.PATH].join(delimiter);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  must('npm', ['install', ...flags, tarball], project, path);
  must('npx', ['wasmatrix', 'init', 'demo'], project, path);
  const said = must('node', ['main.js'], project, path).trim();
  if (!new RegExp(`^v${version}\\..* 5$`).test(said)) throw new Error(`unexpected: ${said}`);
  const guest = 'demo/guest/calculator.wasm';
  const sum = must('npx', ['wasmatrix', 'run', guest, '--invoke', 'add', '2', '3'], project, path);
  if (sum !== '5\n') throw new Error(`unexpected: ${sum}`);
  must('npx', ['wasmatrix', 'host', '--check', '--config', 'demo/wasmatrix.yaml'], project, path);
  return said;
}

let failures = 0;
let used = 0;
try {
  must('npm', ['pack', '--pack-destination', folder], ROOT);
  const tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  );
  for (const version of VERSIONS) {
    const bin = nodeOf(version);
    if (bin === undefined) {
      say(`SKIPPED: there is no Node ${version} for this machine in the registry`);
      continue;
    }
    try {
      say(`Node ${version}: ${use(tarball, version, bin)}, library and npx`);
      used += 1;
    } catch (error) {
      failures += 1;
      say(`Node ${version} FAILED: ${error.message}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
say(`${used} passed, ${failures} failed`);
process.exitCode = failures === 0 && used > 0 ? 0 : 1;
