import { BadArguments, PayloadTooLarge } from '../../guest-failure.ts';

const utf8 = new TextEncoder();

/**
 * The input of a call, for guests that take one: the bytes or the text that it was given, or nothing.
 *
 * @throws `BadArguments` or `PayloadTooLarge`, before the guest is entered.
 * @internal
 */
export function pluginInput(args: readonly unknown[], limitBytes: number): Uint8Array {
  const [input, ...others] = args;
  if (others.length > 0) throw new BadArguments('args', 'one input at the most is taken');
  const bytes = bytesOf(input);
  if (bytes.length > limitBytes) throw new PayloadTooLarge('args[0]', limitBytes);
  return bytes;
}

function bytesOf(input: unknown): Uint8Array {
  if (input === undefined) return new Uint8Array(0);
  if (typeof input === 'string') return utf8.encode(input);
  if (input instanceof Uint8Array) return input;
  throw new BadArguments('args[0]', 'must be bytes or a string');
}
