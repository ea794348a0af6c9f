import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { bindWasi } from '../../workers/abi/wasi/bind-wasi.ts';
import type { GuestHost } from '../../workers/guest.ts';
import { BadArguments, GuestExit } from '../../workers/guest-failure.ts';
import { guestBytes, pythonPath } from '../guests/guest-file.ts';
import { wasiFacts } from './wasi-preview1-binding.ts';
import { type RecordingHost, recordingHost } from './wasi-preview1-host.ts';

const hello = new WebAssembly.Module(guestBytes('hello-c'));
const reactor = new WebAssembly.Module(guestBytes('reactor-c'));

function runHello(wasi: Partial<GuestHost['wasi']>): {
  code: number | undefined;
  host: RecordingHost;
} {
  const host = recordingHost(wasi);
  const guest = bindWasi(wasiFacts('command'), [hello], host);
  return { code: guest.run?.(), host };
}

const reactorFacts = wasiFacts('reactor', [
  { name: 'memory', kind: 'memory' },
  { name: 'add', kind: 'function', params: ['i32', 'i32'], results: ['i32'] },
  { name: 'remember', kind: 'function', params: ['i32'], results: ['i32'] },
  { name: 'now_ms', kind: 'function', params: [], results: ['i64'] },
  { name: 'exit_with', kind: 'function', params: ['i32'], results: [] },
]);

describe('WASI preview 1 · guests made by real toolchains', () => {
  it('runs a C command that sees its arguments, environment, input and files', () => {
    const { code, host } = runHello({
      args: ['hello', '--cat=/etc/motd', '--cat=/missing', '--exit=7'],
      env: { LANG: 'C' },
      stdin: Buffer.from('one\ntwo'),
      files: { 'etc/motd': Buffer.from('welcome\n') },
    });
    expect(code).to.equal(7);
    expect(host.stdout().split('\n')).to.deep.equal([
      'arg: hello',
      'arg: --cat=/etc/motd',
      'arg: --cat=/missing',
      'arg: --exit=7',
      'env: LANG=C',
      'stdin: one',
      'stdin: two',
      '/greeting.txt: written by the guest',
      '/etc/motd: welcome',
      '',
    ]);
    expect(host.stderr()).to.equal('/missing: No such file or directory\n');
  });

  it('tells a C command that there is no space left', () => {
    const { host } = runHello({ scratchBytes: 0 });
    expect(host.stdout()).to.equal('arg: probe\n');
  });

  it('puts a C command to sleep in the host', () => {
    const { code, host } = runHello({ args: ['hello', '--sleep=250'] });
    expect([code, host.sleepsMs]).to.deep.equal([0, [250]]);
  });

  it('lets a trap of a command through as what it is', () => {
    expect(() => runHello({ args: ['hello', '--abort'] })).to.throw(WebAssembly.RuntimeError);
  });

  it('calls no export of a command', () => {
    const guest = bindWasi(wasiFacts('command'), [hello], recordingHost());
    expect(() => guest.invoke('_start', [])).to.throw(BadArguments);
    expect(guest.memoryBytes()).to.be.above(0);
  });

  it('initialises a C reactor once and then calls it', () => {
    const host = recordingHost();
    const guest = bindWasi(reactorFacts, [reactor], host);
    expect(guest.run).to.equal(undefined);
    expect(guest.invoke('add', [2, 0xffff_ffff])).to.equal(1);
    expect(guest.invoke('remember', [1])).to.equal(101);
    expect(guest.invoke('remember', [1])).to.equal(102);
    expect(guest.invoke('now_ms', [])).to.equal(host.wallClockNs() / 1_000_000n);
    expect(() => guest.invoke('remember', [])).to.throw(BadArguments, 'args');
    expect(() => guest.invoke('memory', [])).to.throw(BadArguments, 'exportName');
  });

  it('ends a reactor that exits, for good', () => {
    const guest = bindWasi(reactorFacts, [reactor], recordingHost());
    expect(() => guest.invoke('exit_with', [3]))
      .to.throw(GuestExit)
      .with.property('exitCode', 3);
    expect(() => guest.invoke('add', [1, 1])).to.throw(GuestExit);
  });

  it('P1 · carries nothing from one life of a reactor into the next', () => {
    const host = recordingHost();
    const first = bindWasi(reactorFacts, [reactor], host);
    first.invoke('remember', [50]);
    const second = bindWasi(reactorFacts, [reactor], host);
    expect(second.invoke('remember', [0])).to.equal(100);
    expect(first.invoke('remember', [0])).to.equal(150);
  });

  it('P1 · carries no file from one life of a command into the next', () => {
    const greeting = Buffer.from('as the operator left it\n');
    const wasi = { args: ['hello', '--cat=/greeting.txt'], files: { 'greeting.txt': greeting } };
    const host = recordingHost(wasi);
    for (let life = 0; life < 2; life++) {
      const guest = bindWasi(wasiFacts('command'), [hello], host);
      expect(guest.run?.()).to.equal(0);
    }
    expect(host.stdout()).to.include('/greeting.txt: written by the guest');
    expect(greeting.toString()).to.equal('as the operator left it\n');
  });

  it('runs CPython with files, arguments, environment and input', function () {
    this.timeout(60_000);
    const script = `
import json, os, sys
with open('/data/in.json') as source:
    numbers = json.load(source)
os.makedirs('/out/deep', exist_ok=True)
with open('/out/deep/result.json', 'w') as target:
    json.dump({'sum': sum(numbers)}, target)
os.rename('/out/deep/result.json', '/out/result.json')
print(json.dumps({
    'argv': sys.argv[1:],
    'colour': os.environ['COLOUR'],
    'stdin': sys.stdin.read(),
    'result': json.load(open('/out/result.json')),
    'out': sorted(os.listdir('/out')),
    'host': os.path.exists('/etc/passwd'),
}))
try:
    open('/big', 'wb').write(bytes(4 << 20))
except OSError as error:
    print(error.strerror, file=sys.stderr)
sys.exit(5)
`;
    const host = recordingHost({
      args: ['python', '/app.py', 'one', 'two'],
      env: { COLOUR: 'blue' },
      stdin: Buffer.from('typed in'),
      files: { 'app.py': Buffer.from(script), 'data/in.json': Buffer.from('[1, 2, 39]') },
    });
    const python = new WebAssembly.Module(readFileSync(pythonPath()));
    const guest = bindWasi(wasiFacts('command'), [python], host);
    expect(guest.run?.()).to.equal(5);
    expect(host.stderr()).to.equal('No space left on device\n');
    expect(JSON.parse(host.stdout())).to.deep.equal({
      argv: ['one', 'two'],
      colour: 'blue',
      stdin: 'typed in',
      result: { sum: 42 },
      out: ['deep', 'result.json'],
      host: false,
    });
  });
});
