import type { GuestHost } from '../../../guest.ts';
import type { HostFunction } from '../host-imports.ts';
import { bytesOf, listOf, resourceOf, unsignedOf } from './import-arguments.ts';
import type { InterfaceGroup } from './interface-group.ts';
import { IoError } from './io-error.ts';
import { Pollable, pollUntilReady, readyNow } from './pollable.ts';
import { InputStream, OutputStream } from './streams.ts';

const input = (value: unknown): InputStream => resourceOf(InputStream, value);
const output = (value: unknown): OutputStream => resourceOf(OutputStream, value);

/**
 * `wasi:io`. Standard streams are ready at any time; others ask a provider.
 *
 * @internal
 */
export function ioInterfaces(host: GuestHost): InterfaceGroup {
  return {
    'wasi:io/error@0.2.x': {
      '[method]error.to-debug-string': (self) => resourceOf(IoError, self).text,
    },
    'wasi:io/poll@0.2.x': {
      '[method]pollable.ready': (self) =>
        readyNow(host, [resourceOf(Pollable, self)]) !== undefined,
      '[method]pollable.block': (self) => {
        pollUntilReady(host, [resourceOf(Pollable, self)]);
      },
      poll: (list) =>
        pollUntilReady(
          host,
          listOf(list).map((each) => resourceOf(Pollable, each)),
        ),
    },
    'wasi:io/streams@0.2.x': {
      ...inputFunctions(),
      ...outputFunctions(false),
      ...outputFunctions(true),
      '[method]output-stream.check-write': (self) => BigInt(output(self).room()),
      '[method]output-stream.subscribe': (self) => new Pollable(output(self).condition),
    },
  };
}

function inputFunctions(): Record<string, HostFunction> {
  const read =
    (isBlocking: boolean): HostFunction =>
    (self, length) =>
      input(self).read(unsignedOf(length), isBlocking);
  const skip =
    (isBlocking: boolean): HostFunction =>
    (self, length) =>
      input(self).skip(unsignedOf(length), isBlocking);
  return {
    '[method]input-stream.read': read(false),
    '[method]input-stream.blocking-read': read(true),
    '[method]input-stream.skip': skip(false),
    '[method]input-stream.blocking-skip': skip(true),
    '[method]input-stream.subscribe': (self) => new Pollable(input(self).condition),
  };
}

/** The functions that there are in two forms. Whatever is written has left, so that nothing is flushed. */
function outputFunctions(isBlocking: boolean): Record<string, HostFunction> {
  const named = (plain: string, blocking: string): string =>
    `[method]output-stream.${isBlocking ? blocking : plain}`;
  return {
    [named('write', 'blocking-write-and-flush')]: (self, bytes) => {
      output(self).write(bytesOf(bytes), isBlocking);
    },
    [named('write-zeroes', 'blocking-write-zeroes-and-flush')]: (self, length) => {
      output(self).writeZeroes(unsignedOf(length), isBlocking);
    },
    [named('flush', 'blocking-flush')]: (self) => {
      output(self).room();
    },
    [named('splice', 'blocking-splice')]: (self, source, length) => {
      const target = output(self);
      const wanted = unsignedOf(length);
      const room = BigInt(target.room());
      const bytes = input(source).read(wanted < room ? wanted : room, isBlocking);
      target.write(bytes, isBlocking);
      return BigInt(bytes.length);
    },
  };
}
