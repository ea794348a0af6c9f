import type { GuestHost } from '../../../guest.ts';
import { GuestExit, GuestTrap } from '../../../guest-failure.ts';
import type { InterfaceGroup } from './interface-group.ts';
import { ByteSink, ByteSource, InputStream, OutputStream, STREAM_PIECE_BYTES } from './streams.ts';

/**
 * `wasi:cli`: what the instance's specification says, and no terminal.
 *
 * @internal
 */
export function cliInterfaces(host: GuestHost): InterfaceGroup {
  const stdin = new ByteSource(host.wasi.stdin);
  const pieceBytes = Math.min(STREAM_PIECE_BYTES, host.limits.payloadBytes);
  const none = (): undefined => undefined;
  return {
    'wasi:cli/environment@0.2.x': {
      'get-environment': () => Object.entries(host.wasi.env),
      'get-arguments': () => [...host.wasi.args],
      'initial-cwd': none,
    },
    'wasi:cli/exit@0.2.x': {
      exit: (status) => {
        throw new GuestExit(isOk(status) ? 0 : 1);
      },
      'exit-with-code': (code) => {
        throw new GuestExit(exitCodeOf(code));
      },
    },
    'wasi:cli/stdin@0.2.x': { 'get-stdin': () => new InputStream(stdin, pieceBytes) },
    'wasi:cli/stdout@0.2.x': {
      'get-stdout': () => new OutputStream(new ByteSink((bytes) => host.write('stdout', bytes))),
    },
    'wasi:cli/stderr@0.2.x': {
      'get-stderr': () => new OutputStream(new ByteSink((bytes) => host.write('stderr', bytes))),
    },
    'wasi:cli/terminal-input@0.2.x': {},
    'wasi:cli/terminal-output@0.2.x': {},
    'wasi:cli/terminal-stdin@0.2.x': { 'get-terminal-stdin': none },
    'wasi:cli/terminal-stdout@0.2.x': { 'get-terminal-stdout': none },
    'wasi:cli/terminal-stderr@0.2.x': { 'get-terminal-stderr': none },
  };
}

function isOk(status: unknown): boolean {
  if (typeof status !== 'object' || status === null || !Object.hasOwn(status, 'tag')) {
    throw new GuestTrap('the component declares another status of exit');
  }
  return (status as { readonly tag: unknown }).tag === 'ok';
}

function exitCodeOf(code: unknown): number {
  if (typeof code !== 'number' || !Number.isInteger(code) || code < 0 || code > 255) {
    throw new GuestTrap('the component declares another code of exit-with-code');
  }
  return code;
}
