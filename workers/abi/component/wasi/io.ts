import type { GuestHost } from '../../../guest.ts';
import { GuestTrap } from '../../../guest-failure.ts';
import type { HostFunction } from '../host-imports.ts';
import { bytesOf, listOf, resourceOf, unsignedOf } from './import-arguments.ts';
import type { InterfaceGroup } from './interface-group.ts';
import { Pollable, pollUntilReady } from './pollable.ts';
import { InputStream, OutputStream, STREAM_PIECE_BYTES } from './streams.ts';

const input = (value: unknown): InputStream => resourceOf(InputStream, value);
const output = (value: unknown): OutputStream => resourceOf(OutputStream, value);

/**
 * `wasi:io`. Every stream is ready at any time, so the blocking functions are the plain ones.
 *
 * @internal
 */
export function ioInterfaces(host: GuestHost): InterfaceGroup {
  return {
    'wasi:io/error@0.2.x': {
      // No stream of ours fails, so there is no error whose text could be asked for.
      '[method]error.to-debug-string': () => {
        throw new GuestTrap('there is no such error');
      },
    },
    'wasi:io/poll@0.2.x': {
      '[method]pollable.ready': (self) =>
        resourceOf(Pollable, self).isReady(host.monotonicClockNs()),
      '[method]pollable.block': (self) => {
        pollUntilReady(host, [resourceOf(Pollable, self)]);
      },
      poll: (list) =>
        pollUntilReady(
          host,
          listOf(list).map((each) => resourceOf(Pollable, each)),
        ),
    },
    'wasi:io/streams@0.2.x': { ...inputFunctions(), ...outputFunctions() },
  };
}

function inputFunctions(): Record<string, HostFunction> {
  const read: HostFunction = (self, length) => input(self).read(unsignedOf(length));
  const skip: HostFunction = (self, length) => input(self).skip(unsignedOf(length));
  return {
    '[method]input-stream.read': read,
    '[method]input-stream.blocking-read': read,
    '[method]input-stream.skip': skip,
    '[method]input-stream.blocking-skip': skip,
    '[method]input-stream.subscribe': (self) => {
      input(self);
      return new Pollable();
    },
  };
}

function outputFunctions(): Record<string, HostFunction> {
  const write: HostFunction = (self, bytes) => output(self).write(bytesOf(bytes));
  const writeZeroes: HostFunction = (self, length) => output(self).writeZeroes(unsignedOf(length));
  const flush: HostFunction = (self) => {
    output(self);
  };
  const splice: HostFunction = (self, source, length) => {
    const bytes = input(source).read(unsignedOf(length));
    output(self).write(bytes);
    return BigInt(bytes.length);
  };
  return {
    '[method]output-stream.check-write': (self) => {
      output(self);
      return BigInt(STREAM_PIECE_BYTES);
    },
    '[method]output-stream.write': write,
    '[method]output-stream.blocking-write-and-flush': write,
    '[method]output-stream.flush': flush,
    '[method]output-stream.blocking-flush': flush,
    '[method]output-stream.subscribe': (self) => {
      output(self);
      return new Pollable();
    },
    '[method]output-stream.write-zeroes': writeZeroes,
    '[method]output-stream.blocking-write-zeroes-and-flush': writeZeroes,
    '[method]output-stream.splice': splice,
    '[method]output-stream.blocking-splice': splice,
  };
}
