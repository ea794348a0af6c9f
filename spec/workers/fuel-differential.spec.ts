import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import type { StartRequest } from '../../lib/protocol/instance-messages.ts';
import { admitModule } from '../../lib/wasm/admit-module.ts';
import type { AbiName } from '../../lib/wasm/admitted-module.ts';
import { meterCoreModule } from '../../lib/wasm/meter-module.ts';
import { outcomeOf } from '../../workers/call-outcome.ts';
import { FuelTank } from '../../workers/fuel-tank.ts';
import type { Guest, GuestHost } from '../../workers/guest.ts';
import type { GuestBinder } from '../../workers/guest-binder.ts';
import { fakeHttp } from '../guests/fake-http.ts';
import { fakeKeyValue } from '../guests/fake-key-value.ts';
import { fakeMessaging } from '../guests/fake-messaging.ts';
import { guestBytes, pythonPath } from '../guests/guest-file.ts';
import {
  type RecordingHost,
  type RecordingOptions,
  recordingHost,
} from '../guests/recording-host.ts';

type Call = readonly [exportName: string, ...args: readonly unknown[]];

interface Life {
  readonly guest: string;
  readonly host?: () => RecordingHost;
  /** Calls one after another; a command is run instead. */
  readonly calls?: readonly Call[];
}

const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));
const keyValue = (): RecordingHost => recordingHost({ serve: fakeKeyValue().serve });
const messaging = (): RecordingHost => recordingHost({ serve: fakeMessaging().serve });
const withWasi = (wasi: RecordingOptions['wasi']) => (): RecordingHost =>
  recordingHost({ ...(wasi !== undefined && { wasi: { scratchBytes: 100_000, ...wasi } }) });

const COUNTER: readonly Call[] = [
  ['bump', 'a'],
  ['bump', 'a'],
  ['write', 'ключ', text('value')],
  ['read', 'ключ'],
  ['read', 'missing'],
];

const LIVES: readonly Life[] = [
  {
    guest: 'core',
    calls: [
      ['add', 2, 3],
      ['add64', 2n ** 62n, 2n ** 62n],
      ['half', 3],
      ['half32', 0.1],
      ['swap', 1, 2],
      ['nothing'],
      ['next'],
      ['next'],
      ['poke', 65_532, 77],
      ['peek', 65_532],
      ['peek', 65_533],
      ['fill_table', 1],
      ['is_filled', 1],
      ['is_filled', 0],
      ['grow', 3],
      ['grow', 100_000],
      ['grow_table', 7],
      ['recurse', 1_000],
      ['divide', 7, 0],
      ['divide', 7, 2],
      ['boom'],
    ],
  },
  {
    guest: 'compute-c',
    calls: [
      ['sieve', 10_000],
      ['fib', 15],
      ['hash', 5_000],
    ],
  },
  {
    guest: 'reactor-c',
    calls: [
      ['add', 2, 3],
      ['remember', 5],
      ['remember', 5],
      ['now_ms'],
      ['exit_with', 3],
      ['add', 1, 1],
    ],
  },
  {
    guest: 'hello-c',
    host: withWasi({
      args: ['hello', '--cat=/etc/motd', '--cat=/missing', '--sleep=250', '--exit=7'],
      env: { LANG: 'C' },
      stdin: text('one\ntwo'),
      files: { 'etc/motd': text('welcome\n') },
    }),
  },
  { guest: 'hello-c', host: withWasi({ args: ['hello', '--abort'] }) },
  { guest: 'command-c' },
  { guest: 'counter-as', host: keyValue, calls: [...COUNTER, ['shout', 'größer']] },
  {
    guest: 'counter-c',
    host: keyValue,
    calls: [
      ...COUNTER,
      ['bump-many', 'n', 50],
      [
        'set-many',
        [
          ['x', text('1')],
          ['y', text('2')],
        ],
      ],
      ['get-many', ['x', 'y', 'z']],
      ['keys'],
      ['remove-many', ['x']],
      ['read-many', 'y', 20],
      ['bucket-open', 'elsewhere'],
      ['add', 1, 2],
      ['count-life'],
      ['boom'],
      ['add', 1, 2],
    ],
  },
  {
    guest: 'counter-draft2',
    host: keyValue,
    calls: [
      ['bump', 'a', 3n],
      ['write', 'b', text('value')],
      ['swap', 'b', text('new'), text('value')],
      ['keys'],
    ],
  },
  {
    guest: 'messenger-c',
    host: messaging,
    calls: [
      ['publish', 'a.b', text('body')],
      ['request', 'a', text('?'), 250],
    ],
  },
  {
    guest: 'messenger-draft',
    host: messaging,
    calls: [
      ['publish', 'a.b', text('body')],
      ['request', 'a', text('?'), 250],
    ],
  },
  {
    guest: 'fetch-c',
    host: () => fakeHttp(() => ({ status: 201, body: text('x'.repeat(3_000)) })).host,
    calls: [['fetch', 'PUT', 'http://server.example/', [['a', text('b')]], text('sent')]],
  },
  {
    guest: 'extism-plugin',
    host: keyValue,
    calls: [
      ['count_vowels', text('the quick brown fox')],
      ['total_vowels', text('jumps over')],
      ['echo', text('anything')],
      ['churn', text('abc')],
      ['log_all', text('line')],
      ['refuse', text('why')],
      ['exit_code', text('\u0005')],
      ['next', text('')],
      ['trap', text('')],
    ],
  },
  {
    guest: 'extism-wasi',
    host: withWasi({ files: { 'a.txt': text('from a file') } }),
    calls: [
      ['begun', text('')],
      ['read_file', text('/a.txt')],
      ['read_file', text('/b.txt')],
      ['year', text('')],
      ['leave', text('\u0004')],
    ],
  },
];

const BINDERS = new Map<AbiName, GuestBinder>();

function bound(bytes: Uint8Array, host: GuestHost, isMetered: boolean): Guest {
  const { admitted, coreModules } = admitModule(bytes, {
    abi: 'auto',
    memoryBytes: 256 * 1024 * 1024,
    tableEntries: 1_000_000,
    isMetered,
  });
  const modules = coreModules.map((each) => new WebAssembly.Module(each));
  const request = { admitted: { ...admitted, sha256: '0'.repeat(64) }, modules };
  const bind = BINDERS.get(admitted.abi) as GuestBinder;
  return bind(request as unknown as StartRequest, host);
}

/** Everything that can be seen of a life. Where in the module a trap was is no part of it. */
function lived(bytes: Uint8Array, life: Life, fuel?: FuelTank): unknown[] {
  const recording = life.host?.() ?? recordingHost();
  const host: GuestHost = { ...recording, ...(fuel !== undefined && { fuel }) };
  const guest = bound(bytes, host, fuel !== undefined);
  const outcomes =
    guest.run === undefined
      ? (life.calls ?? []).map(([name, ...args]) => outcomeOf(() => guest.invoke(name, args), fuel))
      : [outcomeOf(guest.run, fuel)];
  const { calls, sleptMs } = recording;
  const written = [recording.text('stdout'), recording.text('stderr')];
  return [...outcomes.map(withoutStack), calls, sleptMs, written, guest.memoryBytes()];
}

function withoutStack(outcome: ReturnType<typeof outcomeOf>): unknown {
  if (outcome.isOk || outcome.failure.kind !== 'trap') return outcome;
  return { ...outcome.failure, stack: undefined };
}

describe('a guest that is metered', () => {
  before(async () => {
    for (const abi of ['component', 'core', 'extism', 'wapc', 'wasi'] as const) {
      const binder = (await import(`../../workers/binders/${abi}.binder.ts`)) as {
        readonly bind: GuestBinder;
      };
      BINDERS.set(abi, binder.bind);
    }
  });

  for (const life of LIVES) {
    const called = life.calls === undefined ? 'as a command' : `in ${life.calls.length} calls`;
    it(`does what it did without: ${life.guest}, ${called}`, () => {
      const bytes = guestBytes(life.guest);
      const fuel = new FuelTank(Number.MAX_SAFE_INTEGER);
      const metered = lived(bytes, life, fuel);
      expect(metered).to.deep.equal(lived(bytes, life));
      expect(fuel.isSpent).to.equal(false);
    });
  }

  it('does what it did without: CPython, running a script', function () {
    this.timeout(60_000);
    const script = `
import hashlib, json, re
words = re.findall(r'\\w+', 'the quick brown fox jumps over the lazy dog')
squares = {str(n): n ** 40 for n in range(200)}
try:
    raise ValueError('caught')
except ValueError as error:
    words.append(str(error))
print(json.dumps([words, sum(squares.values()), hashlib.sha256(b'x' * 9999).hexdigest()]))
`;
    const host = withWasi({ args: ['python', '/a.py'], files: { 'a.py': text(script) } });
    const bytes = new Uint8Array(readFileSync(pythonPath()));
    const life = { guest: 'python', host };
    const metered = lived(bytes, life, new FuelTank(Number.MAX_SAFE_INTEGER));
    const plain = lived(bytes, life);
    expect(metered).to.deep.equal(plain);
    expect(JSON.stringify(plain)).to.contain('caught');
  });

  it('is valid even where it is a whole compiler', function () {
    this.timeout(60_000);
    const clang = createRequire(import.meta.url)
      .resolve('@yowasp/clang')
      .replace(/bundle\.js$/, 'llvm.core.wasm');
    const metered = meterCoreModule(new Uint8Array(readFileSync(clang)));
    expect(WebAssembly.validate(metered)).to.equal(true);
  });
});
