import { expect } from 'chai';
import * as fc from 'fast-check';
import { PREVIEW1_FUNCTIONS, type Preview1Name } from '../../lib/wasm/preview1-functions.ts';
import { ERRNO } from '../../workers/abi/wasi/errno.ts';
import { GuestExit, GuestTrap } from '../../workers/guest-failure.ts';
import { OPEN, PROBE_MEMORY_BYTES, Probe, ROOT } from './wasi-preview1-probe.ts';

const RUNS = Number(process.env['FC_RUNS'] ?? 100);
const KNOWN_ERRNOS = new Set<number>(Object.values(ERRNO));

const END = PROBE_MEMORY_BYTES;
const edges = [0, 1, 2, 3, 4, 5, 64, 4_096, END - 65, END - 8, END - 1, END, END + 1];
const far = [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 65_536, 2 ** 32 - 8, 2 ** 32 - 1];

const i32 = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...edges, ...far) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 16 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 ** 32 - 1 }) },
  { weight: 1, arbitrary: fc.integer({ min: -(2 ** 31), max: -1 }) },
);
const i64 = fc.oneof(
  fc.constantFrom(0n, 1n, 2n ** 53n, 2n ** 62n, 2n ** 63n, 2n ** 64n - 1n, (1n << 30n) - 1n),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
);

const anyCall = fc.constantFrom(...PREVIEW1_FUNCTIONS).chain(([name, { params }]) =>
  fc.record({
    name: fc.constant(name as Preview1Name),
    args: fc.tuple(
      ...params.map((type): fc.Arbitrary<number | bigint> => (type === 'i32' ? i32 : i64)),
    ),
    /** What lies in memory where small pointers point: vectors, paths, subscriptions. */
    memory: fc.uint8Array({ maxLength: 96 }),
  }),
);

/** The error number of a call, or what it threw. */
function outcome(probe: Probe, name: Preview1Name, args: readonly (number | bigint)[]): unknown {
  try {
    return probe.call(name, ...args);
  } catch (thrown) {
    return thrown;
  }
}

describe('WASI preview 1 · hostile guests', () => {
  it('answers any call of any function with an error number, or ends the guest', () => {
    fc.assert(
      fc.property(fc.array(anyCall, { minLength: 1, maxLength: 12 }), (calls) => {
        const motd = Buffer.from('message of the day');
        const stdin = Buffer.from('input');
        const probe = new Probe({ files: { motd }, stdin, scratchBytes: 65_536 });
        for (const { name, args, memory } of calls) {
          probe.set(0, memory);
          const result = outcome(probe, name, args);
          if (typeof result === 'number') expect(KNOWN_ERRNOS, name).to.include(result);
          else expect(result, name).to.be.instanceOf(name === 'proc_exit' ? GuestExit : GuestTrap);
          if (name === 'proc_exit') break;
        }
        expect([motd.toString(), stdin.toString()]).to.deep.equal(['message of the day', 'input']);
      }),
      { numRuns: RUNS * 10 },
    );
  });

  it('refuses each pointer that is out of bounds, before anything has happened', () => {
    const outside = fc.constantFrom(END, END + 1, 2 ** 31, 2 ** 32 - 8, 2 ** 32 - 1, -1, -8);
    const calls: readonly ((probe: Probe, pointer: number) => number)[] = [
      (probe, pointer) => probe.call('fd_write', 1, pointer, 1, 0),
      (probe, pointer) => probe.call('fd_read', 0, 64, 1, pointer),
      (probe, pointer) => probe.call('fd_seek', 4, 1n, 0, pointer),
      (probe, pointer) => probe.call('fd_readdir', ROOT, pointer, 64, 0n, 0),
      (probe, pointer) => probe.call('path_open', ROOT, 0, pointer, 4, 0, 0n, 0n, 0, 0),
      (probe, pointer) =>
        probe.call('path_open', ROOT, 0, ...probe.text('new'), OPEN.create, 2n, 0n, 0, pointer),
      (probe, pointer) => probe.call('path_filestat_get', ROOT, 0, ...probe.text('motd'), pointer),
      (probe, pointer) => probe.call('path_create_directory', ROOT, pointer, 3),
      (probe, pointer) => probe.call('random_get', pointer, 8),
      (probe, pointer) => probe.call('args_get', pointer, 0),
      (probe, pointer) => probe.call('args_get', 0, pointer),
      (probe, pointer) => probe.call('environ_sizes_get', 0, pointer),
      (probe, pointer) => probe.call('clock_time_get', 0, 0n, pointer),
      (probe, pointer) => probe.call('poll_oneoff', pointer, 0, 1, 0),
      (probe, pointer) => probe.call('poll_oneoff', 4_096, pointer, 1, 0),
      (probe, pointer) => probe.call('fd_fdstat_get', 0, pointer),
      (probe, pointer) => probe.call('fd_filestat_get', 0, pointer),
      (probe, pointer) => probe.call('fd_prestat_get', ROOT, pointer),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...calls), outside, (call, pointer) => {
        const probe = new Probe({ files: { motd: Buffer.from('m') }, stdin: Buffer.from('in') });
        probe.open('motd');
        expect(call(probe, pointer)).to.equal(ERRNO.fault);
        expect(probe.names()).to.deep.equal(['motd']);
        expect(probe.read(0, 9)).to.equal('in');
        expect(probe.host.sleepsMs).to.deep.equal([]);
        expect([probe.call('fd_tell', 4, 0), probe.u64()]).to.deep.equal([0, 0n]);
        expect(probe.call('fd_close', 5)).to.equal(ERRNO.badf);
      }),
      { numRuns: RUNS },
    );
  });

  it('refuses buffers whose end wraps around, and more of them than can be counted', () => {
    const probe = new Probe();
    const vector = Buffer.alloc(16);
    vector.writeUInt32LE(16, 0);
    vector.writeUInt32LE(2 ** 32 - 8, 4);
    probe.set(64, vector);
    expect(probe.call('fd_write', 1, 64, 1, 0)).to.equal(ERRNO.fault);
    expect(probe.call('fd_write', 1, 64, 2 ** 29, 0)).to.equal(ERRNO.inval);
    expect(probe.call('fd_write', 1, 64, 1_025, 0)).to.equal(ERRNO.inval);
    expect(probe.call('random_get', 16, 2 ** 32 - 8)).to.equal(ERRNO.fault);
    expect(probe.host.stdout()).to.equal('');
  });

  it('takes no path that is not UTF-8', () => {
    const probe = new Probe();
    probe.set(64, [0x61, 0xc3, 0x28, 0xff]);
    expect(probe.call('path_create_directory', ROOT, 64, 4)).to.equal(ERRNO.ilseq);
    expect(probe.call('path_create_directory', ROOT, 64, 1)).to.equal(ERRNO.success);
    expect(probe.names()).to.deep.equal(['a']);
  });

  it('keeps its books straight, whatever is made, moved, linked, held open and removed', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'd/a', 'd/b');
    const step = fc.oneof(
      fc.record({ do: fc.constant('write' as const), name, length: fc.nat(300) }),
      fc.record({ do: fc.constant('resize' as const), name, length: fc.nat(600) }),
      fc.record({ do: fc.constant('hold' as const), name }),
      fc.record({ do: fc.constant('release' as const) }),
      fc.record({
        do: fc.constantFrom('mkdir' as const, 'unlink' as const, 'rmdir' as const),
        name,
      }),
      fc.record({
        do: fc.constantFrom('rename' as const, 'link' as const, 'symlink' as const),
        name,
        to: name,
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const scratchBytes = 1_000;
        const probe = new Probe({ scratchBytes });
        const held: number[] = [];
        for (const each of steps) {
          if (each.do === 'write' || each.do === 'resize' || each.do === 'hold') {
            const fd = probe.open(each.name, { flags: OPEN.create });
            if (fd < 0) continue;
            if (each.do === 'write') probe.writeBytes(fd, each.length);
            if (each.do === 'resize') probe.call('fd_filestat_set_size', fd, BigInt(each.length));
            if (each.do === 'hold') held.push(fd);
            else probe.call('fd_close', fd);
          } else if (each.do === 'release') probe.call('fd_close', held.pop() ?? 99);
          else if (each.do === 'mkdir') probe.onPath('path_create_directory', each.name);
          else if (each.do === 'unlink') probe.onPath('path_unlink_file', each.name);
          else if (each.do === 'rmdir') probe.onPath('path_remove_directory', each.name);
          else if ('to' in each) probe[each.do](each.name, each.to);
        }
        for (const fd of held) probe.call('fd_close', fd);
        for (const path of ['d/a', 'd/b', 'a', 'b', 'c', 'd']) {
          for (const inner of ['a', 'b']) probe.onPath('path_unlink_file', `${path}/${inner}`);
          probe.onPath('path_unlink_file', path);
          probe.onPath('path_remove_directory', path);
        }
        expect(probe.names()).to.deep.equal([]);
        expect(probe.createFile('all', 'x'.repeat(scratchBytes))).to.equal(ERRNO.success);
        expect(probe.createFile('more', 'x')).to.equal(ERRNO.nospc);
      }),
      { numRuns: RUNS },
    );
  });
});
