import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect } from 'chai';
import makeWabt from 'wabt';
import { ScratchFolder } from '../gates/run-tool.ts';
import { skipLoudly } from '../skip-loudly.ts';
import { cli, ended, guestPath, startCli } from './cli-stage.ts';

/** Writes a line of 64 bytes so many times, then ends with 7. */
const TALKER = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\40\\00\\00\\00")
  (data (i32.const 16) "${'x'.repeat(63)}\\n")
  (func (export "_start") (local $left i32)
    (local.set $left (i32.const 60000))
    (loop $next
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $next (local.get $left)))
    (call $exit (i32.const 7))))`;

/** Writes 64 KiB again and again, without end. */
const FLOODER = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "\\10\\00\\00\\00\\00\\00\\01\\00")
  (func (export "_start")
    (loop $ever
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br $ever))))`;

/** Traps, in a function whose name has what moves a cursor. */
const TRAP_WITH_A_NAME =
  'AGFzbQEAAAABBAFgAAADAgEABQMBAAEHEwIGbWVtb3J5AgAGX3N0YXJ0AAAKBQEDAAALAB0EbmFtZQEWAQATZhtdMDtwd25lZAcbWzMxbVJFRA==';

/** Says one byte, and then loops for ever. */
const LOOPER = `(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\01\\00\\00\\00!")
  (func (export "_start")
    (i32.store8 (i32.const 16) (i32.const 33))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (loop $ever (br $ever))))`;

async function guest(folder: ScratchFolder, name: string, wat: string): Promise<string> {
  const wabt = await makeWabt();
  const { buffer } = wabt.parseWat(name, wat).toBinary({});
  const file = join(folder.path, name);
  await writeFile(file, new Uint8Array(buffer));
  return file;
}

describe('wasmatrix run', function () {
  this.timeout(60_000);

  it('passes on all that a command writes, however slowly it is read, and its exit code', async () => {
    await using folder = await ScratchFolder.with({});
    const file = await guest(folder, 'talker.wasm', TALKER);
    const child = startCli(['run', file]);
    child.stdin?.end();
    child.stdout?.pause();
    const run = ended(child);
    // Attached by `ended`; whoever reads slowly must not lose anything.
    child.stdout?.pause();
    setTimeout(() => child.stdout?.resume(), 500);
    const { code, stdout, stderr } = await run;
    expect(stderr).to.equal('');
    expect(stdout.length).to.equal(60_000 * 64);
    expect(code).to.equal(7);
  });

  it('gives a command its arguments, its environment and our input', async () => {
    const args = ['run', guestPath('hello-c'), '--env', 'A=b', '--', 'one', '--two'];
    const { code, stdout } = await cli(args, { input: 'from outside' });
    expect(code).to.equal(0);
    expect(stdout).to.include('arg: one\n').and.include('arg: --two\n');
    expect(stdout).to.include('stdin: from outside');
  });

  it('calls an export with arguments of its types, and prints JSON where that is wanted', async () => {
    const wide = ['run', guestPath('core'), '--invoke', 'add64', '5', '-7', '--json'];
    expect(JSON.parse((await cli(wide)).stdout)).to.deep.equal({ result: { $bigint: '-2' } });
    const wrong = await cli(['run', guestPath('core'), '--invoke', 'add', 'two', '3']);
    expect([wrong.code, wrong.stdout]).to.deep.equal([2, '']);
    expect(wrong.stderr).to.equal('INVALID_REQUEST: args[0]: must be a number (i32)\n');
  });

  it('grants what it is told to, and nothing else', async () => {
    const bump = ['run', guestPath('counter-c'), '--invoke', 'bump', 'hits'];
    const granted = await cli([...bump, '--grant', 'kv:read,kv:write:hits*']);
    expect([granted.code, granted.stdout]).to.deep.equal([0, '1\n']);
    const denied = await cli(bump);
    expect(denied.code).to.equal(1);
    expect(denied.stderr).to.equal(
      'WASM_RUNTIME_ERROR: the guest returned an error\n  access-denied\n',
    );
  });

  it('ends with 1 for a trap and with 2 for what is no module', async () => {
    const trapped = await cli(['run', guestPath('core'), '--invoke', 'boom', '--json']);
    expect(trapped.code).to.equal(1);
    expect(JSON.parse(trapped.stderr)).to.include({ error_code: 'WASM_RUNTIME_ERROR' });
    const missing = await cli(['run', 'nowhere.wasm']);
    expect(missing.code).to.equal(2);
    expect(missing.stderr).to.match(/^INVALID_REQUEST: module/);
  });

  it('writes out what a terminal would obey, in names that a guest has chosen', async () => {
    await using folder = await ScratchFolder.with({});
    const named = join(folder.path, 'named.wasm');
    await writeFile(named, Buffer.from(TRAP_WITH_A_NAME, 'base64'));
    const trapped = await cli(['run', named]);
    expect(trapped.stderr).to.include('at f\\u{1b}]0;pwned\\u{7}\\u{1b}[31mRED (');
    const exported = await guest(folder, 'exported.wasm', '(module (func (export "x\\1b[2J")))');
    const asked = await cli(['run', exported]);
    expect([asked.code, asked.stderr]).to.deep.equal([
      2,
      'INVALID_REQUEST: invoke: the module is no command; name an export of it: x\\u{1b}[2J\n',
    ]);
  });

  it('says what is wrong with a module that has nothing to call', async () => {
    await using folder = await ScratchFolder.with({});
    const wat = '(module (import "nowhere" "f" (func)))';
    const strange = await cli(['run', await guest(folder, 'strange.wasm', wat)]);
    expect(strange.code).to.be.above(0);
    expect(strange.stderr).to.include('nowhere');
    const empty = await cli(['run', await guest(folder, 'empty.wasm', '(module)')]);
    expect(empty.code).to.equal(2);
    expect(empty.stderr).to.include('has no export that could be called');
  });

  it('ends by Ctrl-C, whatever the guest does', async () => {
    await using folder = await ScratchFolder.with({});
    const child = startCli(['run', await guest(folder, 'looper.wasm', LOOPER)]);
    child.stdin?.end();
    const run = ended(child);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const { code, stdout } = await run;
    expect([code, stdout]).to.deep.equal([130, '!']);
  });

  it('keeps little of what a guest writes to a reader that stalls, and ends by Ctrl-C all the same', async function () {
    if (process.platform !== 'linux') skipLoudly(this, 'memory is read from /proc');
    await using folder = await ScratchFolder.with({});
    const child = startCli(['run', await guest(folder, 'flooder.wasm', FLOODER)]);
    child.stdin?.end();
    await once(child.stdout as Readable, 'readable');
    const before = residentMiB(child);
    // What the guest could write meanwhile, did nobody hold it back, is hundreds of MiB.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(residentMiB(child) - before).to.be.below(60);
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).to.equal(130);
  });
});

function residentMiB({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}
