import { expect } from 'chai';
import * as fc from 'fast-check';
import { type HostFunction, HostResultError } from '../../workers/abi/component/host-imports.ts';
import { wasiImports } from '../../workers/abi/component/wasi/wasi-imports.ts';
import { GuestExit, GuestTrap } from '../../workers/guest-failure.ts';
import {
  type RecordingHost,
  type RecordingOptions,
  recordingHost,
  WALL_CLOCK_START_NS,
} from '../guests/recording-host.ts';
import { payloadThrownBy } from '../thrown.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);

/** Calls host functions by `package/interface#function`, at WASI 0.2.3 where no version is given. */
function called(options: RecordingOptions = {}): {
  readonly host: RecordingHost;
  readonly call: (name: string, ...args: unknown[]) => unknown;
} {
  const host = recordingHost(options);
  const imports = wasiImports(host);
  return {
    host,
    call(name, ...args) {
      const [path = '', functionName = ''] = name.split('#');
      const version = path.includes('@') ? '' : '@0.2.3';
      const found = imports(`wasi:${path}${version}`, functionName) as HostFunction;
      return found(...args);
    },
  };
}

/** The payload of the error that a call answers. */
const errorOf = (call: () => unknown): unknown => payloadThrownBy(HostResultError, call);

describe('wasi:cli', () => {
  it('R2 · shows the given arguments and environment and nothing of the host', () => {
    const { call } = called({
      wasi: { args: ['prog', '-v'], env: { A: '1', ['__proto__']: '2' } },
    });
    expect(call('cli/environment#get-arguments')).to.deep.equal(['prog', '-v']);
    expect(call('cli/environment#get-environment')).to.deep.equal([
      ['A', '1'],
      ['__proto__', '2'],
    ]);
    expect(called().call('cli/environment#get-environment')).to.deep.equal([]);
    expect(call('cli/environment#initial-cwd')).to.equal(undefined);
    for (const name of ['stdin', 'stdout', 'stderr']) {
      expect(call(`cli/terminal-${name}#get-terminal-${name}`)).to.equal(undefined);
    }
  });

  it('ends the guest with the code that exit asks for', () => {
    const { call } = called();
    const codeOf = (name: string, status: unknown): unknown => {
      try {
        return call(name, status);
      } catch (thrown) {
        return thrown instanceof GuestExit ? thrown.exitCode : thrown;
      }
    };
    expect(codeOf('cli/exit#exit', { tag: 'ok', val: undefined })).to.equal(0);
    expect(codeOf('cli/exit#exit', { tag: 'err', val: undefined })).to.equal(1);
    expect(codeOf('cli/exit#exit-with-code', 42)).to.equal(42);
    expect(codeOf('cli/exit#exit-with-code', 256)).to.be.instanceOf(GuestTrap);
  });

  it('gives standard input once, however many streams and piece lengths read it', () => {
    const lengths = fc.array(fc.bigInt({ min: 0n, max: 9n }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), lengths, (stdin, wanted) => {
        const { call } = called({ wasi: { stdin } });
        const read: number[] = [];
        for (const [index, length] of wanted.entries()) {
          if (read.length === stdin.length) break;
          const stream = call('cli/stdin#get-stdin');
          const name = index % 2 === 0 ? 'read' : 'blocking-read';
          const bytes = call(
            `io/streams#[method]input-stream.${name}`,
            stream,
            length,
          ) as Uint8Array;
          expect(bytes.length).to.equal(Math.min(Number(length), stdin.length - read.length));
          read.push(...bytes);
        }
        expect(read).to.deep.equal([...stdin.subarray(0, read.length)]);
      }),
      { numRuns },
    );
  });
});

describe('wasi:io/streams', () => {
  it('is closed after the last byte of input', () => {
    const { call } = called({ wasi: { stdin: Buffer.from('abc') } });
    const stream = call('cli/stdin#get-stdin');
    expect(call('io/streams#[method]input-stream.skip', stream, 2n)).to.equal(2n);
    expect(call('io/streams#[method]input-stream.blocking-skip', stream, 2n ** 64n - 1n)).to.equal(
      1n,
    );
    for (const name of ['read', 'blocking-read', 'skip', 'blocking-skip']) {
      const end = errorOf(() => call(`io/streams#[method]input-stream.${name}`, stream, 1n));
      expect(end).to.deep.equal({ tag: 'closed' });
    }
  });

  it('answers no more than a piece, whatever length is asked for', () => {
    const stdin = new Uint8Array(200_000);
    const read = 'io/streams#[method]input-stream.read';
    const { call } = called({ wasi: { stdin } });
    expect(call(read, call('cli/stdin#get-stdin'), 2n ** 64n - 1n)).to.have.length(65_536);
    const small = called({ wasi: { stdin }, payloadBytes: 1_000 });
    expect(small.call(read, small.call('cli/stdin#get-stdin'), 99_999n)).to.have.length(1_000);
  });

  it('keeps what is written apart by stream and in order', () => {
    const { call, host } = called();
    const out = call('cli/stdout#get-stdout');
    const err = call('cli/stderr#get-stderr');
    call('io/streams#[method]output-stream.write', out, Buffer.from('one '));
    call('io/streams#[method]output-stream.blocking-write-and-flush', err, Buffer.from('two'));
    call('io/streams#[method]output-stream.blocking-write-and-flush', out, Buffer.from('three'));
    call('io/streams#[method]output-stream.write-zeroes', out, 2n);
    call('io/streams#[method]output-stream.flush', out);
    expect(host.text('stdout')).to.equal('one three\0\0');
    expect(host.text('stderr')).to.equal('two');
  });

  it('takes what check-write permits and traps on a byte more', () => {
    const { call, host } = called();
    const out = call('cli/stdout#get-stdout');
    const permitted = call('io/streams#[method]output-stream.check-write', out) as bigint;
    call('io/streams#[method]output-stream.write', out, new Uint8Array(Number(permitted)));
    call('io/streams#[method]output-stream.blocking-write-zeroes-and-flush', out, permitted);
    const before = host.text('stdout').length;
    const tooMuch = [
      () =>
        call('io/streams#[method]output-stream.write', out, new Uint8Array(Number(permitted) + 1)),
      () => call('io/streams#[method]output-stream.write-zeroes', out, permitted + 1n),
      () => call('io/streams#[method]output-stream.write-zeroes', out, 2n ** 64n - 1n),
    ];
    for (const write of tooMuch) expect(write).to.throw(GuestTrap);
    expect(host.text('stdout')).to.have.length(before);
  });

  it('splices input into output up to a piece', () => {
    const { call, host } = called({ wasi: { stdin: Buffer.from('spliced') } });
    const [from, to] = [call('cli/stdin#get-stdin'), call('cli/stdout#get-stdout')];
    expect(call('io/streams#[method]output-stream.splice', to, from, 3n)).to.equal(3n);
    expect(call('io/streams#[method]output-stream.blocking-splice', to, from, 99n)).to.equal(4n);
    expect(host.text('stdout')).to.equal('spliced');
  });

  it('is ready at any time', () => {
    const { call, host } = called();
    const waits = [
      call('io/streams#[method]input-stream.subscribe', call('cli/stdin#get-stdin')),
      call('io/streams#[method]output-stream.subscribe', call('cli/stdout#get-stdout')),
    ];
    for (const pollable of waits) {
      expect(call('io/poll#[method]pollable.ready', pollable)).to.equal(true);
      call('io/poll#[method]pollable.block', pollable);
    }
    expect([...(call('io/poll#poll', waits) as Uint32Array)]).to.deep.equal([0, 1]);
    expect(host.sleptMs).to.deep.equal([]);
  });
});

describe('wasi:clocks and wasi:io/poll', () => {
  it('polls until the first of any timers, and names exactly those that are due', () => {
    const durations = fc.array(fc.bigInt({ min: 0n, max: 10n ** 13n }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(durations, (ns) => {
        const { call, host } = called();
        const timers = ns.map((each) => call('clocks/monotonic-clock#subscribe-duration', each));
        const ready = [...(call('io/poll#poll', timers) as Uint32Array)];
        const now = host.monotonicClockNs();
        expect(ready).to.have.length.greaterThan(0);
        expect(ready).to.deep.equal([...ns.keys()].filter((index) => (ns[index] as bigint) <= now));
        const states = timers.map((timer) => call('io/poll#[method]pollable.ready', timer));
        expect(states).to.deep.equal(ns.map((each) => each <= now));
      }),
      { numRuns },
    );
  });

  it('blocks by sleeping, in pieces that fit a timer', () => {
    const { call, host } = called();
    const hours = 3_600_000_000_000n;
    const timer = call('clocks/monotonic-clock#subscribe-instant', 2n * hours + 5_000_000n);
    call('io/poll#[method]pollable.block', timer);
    expect(host.sleptMs).to.deep.equal([3_600_000, 3_600_000, 5]);
  });

  it('traps on polling nothing, which could never end', () => {
    const { call } = called();
    expect(() => call('io/poll#poll', [])).to.throw(GuestTrap);
  });

  it('tells the time of the host in UTC', () => {
    const { call } = called();
    expect(call('clocks/wall-clock#now')).to.deep.equal({
      seconds: WALL_CLOCK_START_NS / 1_000_000_000n,
      nanoseconds: 678_000_000,
    });
    expect(call('clocks/timezone#utc-offset', {})).to.equal(0);
    expect(call('clocks/monotonic-clock#now')).to.equal(0n);
  });
});

describe('wasi:random', () => {
  it('gives as many bytes as asked for up to a payload, and traps beyond', () => {
    const { call } = called({ payloadBytes: 1_000 });
    for (const name of ['random#get-random-bytes', 'insecure#get-insecure-random-bytes']) {
      expect(call(`random/${name}`, 1_000n)).to.have.length(1_000);
      expect(() => call(`random/${name}`, 1_001n)).to.throw(GuestTrap);
      expect(() => call(`random/${name}`, 2n ** 64n - 1n)).to.throw(GuestTrap);
    }
  });

  it('does not repeat itself', () => {
    const { call } = called();
    const numbers = [
      call('random/random#get-random-u64'),
      call('random/insecure#get-insecure-random-u64'),
      ...(call('random/insecure-seed#insecure-seed') as bigint[]),
    ];
    expect(new Set(numbers)).to.have.property('size', 4);
  });
});

describe('wasi:filesystem and wasi:sockets', () => {
  it('R2 · preopens nothing and refuses every operation on a descriptor', () => {
    const { call } = called();
    expect(call('filesystem/preopens#get-directories')).to.deep.equal([]);
    const open = () => call('filesystem/types#[method]descriptor.open-at', {}, {}, '/etc/passwd');
    expect(errorOf(open)).to.equal('access');
    expect(() => call('filesystem/types#[method]descriptor.is-same-object')).to.throw(GuestTrap);
    expect(call('filesystem/types#filesystem-error-code', {})).to.equal(undefined);
  });

  it('R2 · denies sockets and name resolution in their own form', () => {
    const { call } = called();
    const network = call('sockets/instance-network#instance-network');
    const attempts = [
      () => call('sockets/tcp-create-socket#create-tcp-socket', 'ipv4'),
      () => call('sockets/udp-create-socket#create-udp-socket', 'ipv6'),
      () => call('sockets/ip-name-lookup#resolve-addresses', network, 'localhost'),
      () => call('sockets/tcp#[method]tcp-socket.start-connect', {}, network, {}),
    ];
    for (const attempt of attempts) expect(errorOf(attempt)).to.equal('access-denied');
  });
});

describe('wasi:config and wasi:logging', () => {
  it('answers the given configuration in every version, and no inherited name', () => {
    const { call } = called({ config: { greeting: 'hi', ['__proto__']: 'odd' } });
    const versions = ['store@0.2.0-rc.1', 'store@0.2.0-draft', 'runtime@0.2.0-draft'];
    for (const version of versions) {
      expect(call(`config/${version}#get`, 'greeting')).to.equal('hi');
      expect(call(`config/${version}#get`, '__proto__')).to.equal('odd');
      expect(call(`config/${version}#get`, 'constructor')).to.equal(undefined);
      expect(call(`config/${version}#get-all`)).to.deep.equal([
        ['greeting', 'hi'],
        ['__proto__', 'odd'],
      ]);
    }
  });

  it('writes a log line to standard error', () => {
    const { call, host } = called();
    call('logging/logging@0.1.0-draft#log', 'warn', 'store', 'nearly full ✓');
    expect(host.text('stderr')).to.equal('[warn] store: nearly full ✓\n');
    expect(host.text('stdout')).to.equal('');
  });
});
