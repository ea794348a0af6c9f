import { expect } from 'chai';
import * as fc from 'fast-check';
import { SERVED_INTERFACES, servedInterface } from '../../lib/wasm/component-interfaces.ts';
import { HostResultError } from '../../workers/abi/component/host-imports.ts';
import { wasiImports } from '../../workers/abi/component/wasi/wasi-imports.ts';
import { GuestExit, GuestTrap } from '../../workers/guest-failure.ts';
import { recordingHost } from '../guests/recording-host.ts';

const numRuns = Number(process.env['FC_RUNS'] ?? 100);
const importable = SERVED_INTERFACES.map(({ key, functions }) => ({
  name: key.replace('0.2.x', '0.2.3'),
  functions: functions.names(),
}));
const everyFunction = importable.flatMap(({ name, functions }) =>
  functions.map((functionName) => [name, functionName] as const),
);

describe('the table of served component interfaces', () => {
  it('P3 · lists only functions that are really served', () => {
    const imports = wasiImports(recordingHost());
    for (const [name, functionName] of everyFunction) {
      expect(imports(name, functionName), `${name}#${functionName}`).to.be.a('function');
    }
    expect(everyFunction.length).to.be.greaterThan(150);
  });

  it('P3 · serves nothing that it does not list', () => {
    const imports = wasiImports(recordingHost());
    const known = [...new Set(everyFunction.map(([, functionName]) => functionName))];
    const odd = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''];
    for (const { name, functions } of importable) {
      for (const functionName of [...known, ...odd]) {
        const isServed = imports(name, functionName) !== undefined;
        expect(isServed, `${name}#${functionName}`).to.equal(functions.includes(functionName));
      }
    }
  });

  it('P3 · agrees with the host on any name whatever', () => {
    const imports = wasiImports(recordingHost());
    const part = fc.constantFrom(
      ...'wasi: wasi io poll cli exit keyvalue store logging __proto__ constructor : / @ 0.2. 0 3 x - draft 2 # \0'.split(
        ' ',
      ),
    );
    const names = fc.oneof(
      fc.array(part, { maxLength: 9 }).map((parts) => parts.join('')),
      fc.string({ maxLength: 40 }),
      fc.constantFrom(...importable.map(({ name }) => name)),
    );
    fc.assert(
      fc.property(names, fc.oneof(names, fc.constantFrom('poll', 'open', 'log')), (name, fn) => {
        const isListed = servedInterface(name)?.functions.has(fn) ?? false;
        expect(imports(name, fn) !== undefined).to.equal(isListed);
      }),
      { numRuns },
    );
  });

  it('takes every patch of WASI 0.2 for the same interface, and no other version', () => {
    for (const patch of ['0.2.0', '0.2.3', '0.2.12', '0.2.999']) {
      expect(servedInterface(`wasi:io/poll@${patch}`)?.key).to.equal('wasi:io/poll@0.2.x');
    }
    const others = [
      '0.2.x',
      '0.2',
      '0.2.01',
      '0.2.-1',
      '0.3.0',
      '1.0.0',
      '0.2.0-rc-2023-11-10',
      '',
    ];
    for (const version of others) {
      expect(servedInterface(`wasi:io/poll@${version}`), version).to.equal(undefined);
    }
    expect(servedInterface('wasi:io/poll')).to.equal(undefined);
  });

  it('tells the two drafts of keyvalue apart and accepts no third', () => {
    const draft = servedInterface('wasi:keyvalue/atomics@0.2.0-draft');
    const draft2 = servedInterface('wasi:keyvalue/atomics@0.2.0-draft2');
    expect(draft?.functions.names()).to.deep.equal(['increment']);
    expect(draft2?.functions.names()).to.include.members(['increment', 'swap']);
    expect([draft?.family, draft2?.family]).to.deep.equal(['kv', 'kv']);
    for (const version of ['0.2.0', '0.2.1', '0.2.0-draft3', '0.2.0-draft2 ']) {
      expect(servedInterface(`wasi:keyvalue/atomics@${version}`), version).to.equal(undefined);
    }
  });

  it('names as output exactly the interfaces that write to standard output or error', () => {
    const hasOutput = SERVED_INTERFACES.filter((served) => served.hasOutput === true);
    expect(hasOutput.map(({ key }) => key)).to.have.members([
      'wasi:cli/stdout@0.2.x',
      'wasi:cli/stderr@0.2.x',
      'wasi:logging/logging',
      'wasi:logging/logging@0.1.0-draft',
    ]);
  });
});

describe('any function that components may import', () => {
  it('P19 · meets arguments of any type with an answer, an error of its own or a trap', () => {
    const made = [
      ['wasi:cli/stdin@0.2.0', 'get-stdin'],
      ['wasi:cli/stdout@0.2.0', 'get-stdout'],
      ['wasi:clocks/monotonic-clock@0.2.0', 'subscribe-duration'],
      ['wasi:keyvalue/store@0.2.0-draft', 'open'],
      ['wasi:keyvalue/atomics@0.2.0-draft2', '[static]cas.new'],
      ['wasi:sockets/instance-network@0.2.0', 'instance-network'],
    ] as const;
    const value = fc.oneof(
      fc.constantFrom(...made.keys()).map((index) => ({ resource: index })),
      fc.constantFrom(-1n, 0n, 1n, 65_536n, 65_537n, 2n ** 63n, 2n ** 64n - 1n),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      fc.constantFrom('', 'default', '__proto__', 'constructor'),
      fc.uint8Array({ maxLength: 20 }),
      fc.anything({ withBigInt: true, withTypedArray: true }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...everyFunction), fc.array(value), ([name, fn], args) => {
        let slept = 0;
        const host = recordingHost({
          serve: () => undefined,
          wasi: { stdin: Buffer.from('input') },
        });
        const imports = wasiImports({
          ...host,
          sleep: () => {
            slept += 1;
            if (slept > 3) throw new GuestExit(137);
          },
        });
        const bucket = imports('wasi:keyvalue/store@0.2.0-draft', 'open')?.('default');
        const resources = made.map(([from, maker]) =>
          maker === '[static]cas.new'
            ? imports(from, maker)?.(bucket, 'key')
            : imports(from, maker)?.(maker === 'open' ? 'default' : 5n),
        );
        const given = args.map((arg) =>
          typeof arg === 'object' && arg !== null && 'resource' in arg
            ? resources[Number(arg.resource)]
            : arg,
        );
        try {
          imports(name, fn)?.(...given);
        } catch (thrown) {
          const isOurs =
            thrown instanceof HostResultError ||
            thrown instanceof GuestTrap ||
            thrown instanceof GuestExit;
          expect(isOurs, `${name}#${fn}: ${String(thrown)}`).to.equal(true);
        }
      }),
      { numRuns: numRuns * 20 },
    );
  });

  it('P19 · keeps no state between two lives', () => {
    const lives = [1, 2].map(() => {
      const imports = wasiImports(recordingHost({ wasi: { stdin: Buffer.from('once') } }));
      const stream = imports('wasi:cli/stdin@0.2.0', 'get-stdin')?.();
      return imports('wasi:io/streams@0.2.0', '[method]input-stream.read')?.(stream, 99n);
    });
    expect(lives.map((bytes) => Buffer.from(bytes as Uint8Array).toString())).to.deep.equal([
      'once',
      'once',
    ]);
  });
});
