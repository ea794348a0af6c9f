import { expect } from 'chai';
import { ERRNO } from '../../workers/abi/wasi/errno.ts';
import { Probe, ROOT } from './wasi-preview1-probe.ts';

const IN = 4_096;
const OUT = 8_192;

interface Subscribed {
  readonly kind: number;
  readonly subject: number;
  readonly timeoutNs?: bigint;
  readonly flags?: number;
}

interface Happened {
  readonly index: number;
  readonly errno: number;
  readonly kind: number;
  readonly bytes: bigint;
  readonly flags: number;
}

function poll(probe: Probe, subscriptions: readonly Subscribed[]): Happened[] | number {
  for (const [index, { kind, subject, timeoutNs = 0n, flags = 0 }] of subscriptions.entries()) {
    const record = Buffer.alloc(48);
    record.writeBigUInt64LE(BigInt(index), 0);
    record.writeUInt8(kind, 8);
    record.writeUInt32LE(subject, 16);
    record.writeBigUInt64LE(timeoutNs, 24);
    record.writeUInt16LE(flags, 40);
    probe.set(IN + index * 48, record);
  }
  const errno = probe.call('poll_oneoff', IN, OUT, subscriptions.length, 0);
  if (errno !== 0) return errno;
  return Array.from({ length: probe.u32() }, (_, at) => {
    const event = probe.get(OUT + at * 32, 32);
    return {
      index: Number(event.readBigUInt64LE(0)),
      errno: event.readUInt16LE(8),
      kind: event.readUInt8(10),
      bytes: event.readBigUInt64LE(16),
      flags: event.readUInt16LE(24),
    };
  });
}

describe('WASI preview 1 · streams, clocks and polling', () => {
  it('gives standard input once, from start to end', () => {
    const probe = new Probe({ stdin: Buffer.from('question') });
    expect(probe.read(0, 5)).to.equal('quest');
    expect(probe.read(0, 50)).to.equal('ion');
    expect(probe.read(0, 50)).to.equal('');
    expect(probe.write(0, 'x')).to.equal(ERRNO.badf);
  });

  it('hands output to the host, in pieces that are bounded', () => {
    const probe = new Probe();
    expect(probe.write(1, 'answer')).to.equal(ERRNO.success);
    expect(probe.write(2, 'complaint')).to.equal(ERRNO.success);
    expect([probe.host.stdout(), probe.host.stderr()]).to.deep.equal(['answer', 'complaint']);
    expect(probe.read(1, 5)).to.equal(`errno ${ERRNO.badf}`);
    expect(probe.writeBytes(1, 200_000)).to.equal(ERRNO.success);
    expect(probe.u32()).to.equal(200_000);
    expect(Math.max(...probe.host.pieces)).to.equal(65_536);
  });

  it('has streams that are no files, and no sockets', () => {
    const probe = new Probe();
    expect(probe.statFd(0)).to.include({ type: 2, size: 0n });
    expect(probe.seek(1, 0n, 0)).to.equal(ERRNO.spipe);
    expect(probe.call('fd_tell', 1, 0)).to.equal(ERRNO.spipe);
    expect(probe.pread(0, 1, 0n)).to.equal(`errno ${ERRNO.spipe}`);
    expect(probe.call('fd_allocate', 1, 0n, 1n)).to.equal(ERRNO.notcapable);
    expect(probe.call('sock_send', 1, 0, 0, 0, 0)).to.equal(ERRNO.notsock);
    expect(probe.call('sock_recv', ROOT, 0, 0, 0, 0, 0)).to.equal(ERRNO.notsock);
    expect(probe.call('sock_accept', 99, 0, 0)).to.equal(ERRNO.badf);
    expect(probe.call('sock_shutdown', 0, 0)).to.equal(ERRNO.notsock);
    expect(probe.call('proc_raise', 9)).to.equal(ERRNO.notsup);
    expect(probe.call('sched_yield')).to.equal(ERRNO.success);
  });

  it('tells arguments and environment as they were given', () => {
    const probe = new Probe({ args: ['prog', 'ä'], env: { A: '1', __proto__x: '=' } });
    expect(probe.call('args_sizes_get', 0, 4)).to.equal(ERRNO.success);
    expect([probe.u32(0), probe.u32(4)]).to.deep.equal([2, 8]);
    expect(probe.call('args_get', 16, 64)).to.equal(ERRNO.success);
    expect(probe.get(64, 8).toString()).to.equal('prog\0ä\0');
    expect([probe.u32(16), probe.u32(20)]).to.deep.equal([64, 69]);
    expect(probe.call('environ_sizes_get', 0, 4)).to.equal(ERRNO.success);
    expect([probe.u32(0), probe.u32(4)]).to.deep.equal([2, 17]);
    expect(probe.call('environ_get', 16, 64)).to.equal(ERRNO.success);
    expect(probe.get(64, 17).toString()).to.equal('A=1\0__proto__x==\0');
  });

  it('fills as much as it is asked for with random bytes', () => {
    const probe = new Probe();
    expect(probe.call('random_get', 1_000, 200_000)).to.equal(ERRNO.success);
    expect([...probe.get(200_998, 3)]).to.deep.equal([7, 7, 0]);
  });

  it('has two clocks and says so of the others', () => {
    const probe = new Probe();
    expect(probe.call('clock_time_get', 0, 0n, 0)).to.equal(ERRNO.success);
    expect(probe.u64()).to.equal(probe.host.wallClockNs());
    expect(probe.call('clock_time_get', 1, 0n, 0)).to.equal(ERRNO.success);
    expect(probe.call('clock_time_get', 2, 0n, 0)).to.equal(ERRNO.notsup);
    expect(probe.call('clock_res_get', 3, 0)).to.equal(ERRNO.notsup);
    expect(probe.call('clock_res_get', 4, 0)).to.equal(ERRNO.inval);
  });

  it('sleeps by the host until the first clock is due', () => {
    const probe = new Probe();
    const events = poll(probe, [
      { kind: 0, subject: 1, timeoutNs: 90_000_000n },
      { kind: 0, subject: 0, timeoutNs: probe.host.wallClockNs() + 30_000_000n, flags: 1 },
    ]);
    expect(events).to.deep.equal([{ index: 1, errno: 0, kind: 0, bytes: 0n, flags: 0 }]);
    expect(probe.host.sleepsMs).to.deep.equal([30]);
  });

  it('makes one long sleep of several', () => {
    const probe = new Probe();
    const days = 100n * 86_400_000_000_000n;
    expect(poll(probe, [{ kind: 0, subject: 1, timeoutNs: days }])).to.have.lengthOf(1);
    expect(probe.host.sleepsMs).to.have.lengthOf(5);
  });

  it('waits for no descriptor, because each is ready or fails', () => {
    const probe = new Probe({ stdin: Buffer.from('abc'), files: { f: Buffer.from('12345') } });
    const file = probe.open('f');
    probe.read(file, 2);
    const events = poll(probe, [
      { kind: 1, subject: 0 },
      { kind: 1, subject: file },
      { kind: 2, subject: 1 },
      { kind: 2, subject: 0 },
      { kind: 1, subject: 77 },
      { kind: 0, subject: 9, timeoutNs: 5n },
      { kind: 0, subject: 1, timeoutNs: 5_000n },
    ]) as Happened[];
    expect(events.map(({ index, errno, bytes }) => [index, errno, bytes])).to.deep.equal([
      [0, ERRNO.success, 3n],
      [1, ERRNO.success, 3n],
      [2, ERRNO.success, 65_536n],
      [3, ERRNO.badf, 0n],
      [4, ERRNO.badf, 0n],
      [5, ERRNO.inval, 0n],
    ]);
    expect(probe.host.sleepsMs).to.deep.equal([]);
    probe.read(0, 3);
    expect(poll(probe, [{ kind: 1, subject: 0 }])).to.deep.include({
      index: 0,
      errno: 0,
      kind: 1,
      bytes: 0n,
      flags: 1,
    });
  });

  it('refuses to poll nothing, too much, or something unknown', () => {
    const probe = new Probe();
    expect(poll(probe, [])).to.equal(ERRNO.inval);
    expect(poll(probe, [{ kind: 3, subject: 0 }])).to.equal(ERRNO.inval);
    expect(probe.call('poll_oneoff', IN, OUT, 4_097, 0)).to.equal(ERRNO.inval);
  });
});
