import { BINARY_MATH, UNARY_MATH } from '../../../lib/wasm/assemblyscript-functions.ts';
import type { GuestHost } from '../../guest.ts';
import { GuestTrap } from '../../guest-failure.ts';
import { assemblyScriptText } from './assemblyscript-text.ts';
import type { ExportedMemory } from './exported-memory.ts';

const utf8 = new TextEncoder();
const MOST_TRACED = 5;
/** Of the message of a trap, and of the file that it names. */
const MAX_ABORT_UNITS = 500;
/** As many random bits as a number holds. */
const RANDOM_RANGE = 2 ** 53;

/** What these functions work with. */
interface AssemblyScriptContext {
  readonly host: GuestHost;
  readonly memory: ExportedMemory;
}

/** Integers arrive unsigned. */
type AssemblyScriptCall = (
  context: AssemblyScriptContext,
  ...args: readonly number[]
) => number | void;

/**
 * The implementations, by name. Text is read from the guest's memory, where AssemblyScript keeps it as
 * UTF-16 behind its length.
 *
 * @internal
 */
export const ASSEMBLYSCRIPT_CALLS: ReadonlyMap<string, AssemblyScriptCall> = new Map<
  string,
  AssemblyScriptCall
>([
  ['abort', abort],
  ['trace', trace],
  ['seed', ({ host }) => randomInteger(host)],
  ['Date.now', ({ host }) => Number(host.wallClockNs() / 1_000_000n)],
  ['performance.now', ({ host }) => Number(host.monotonicClockNs()) / 1e6],
  ['console.log', line('stdout')],
  ['console.info', line('stdout')],
  ['console.debug', line('stdout')],
  ['console.warn', line('stderr')],
  ['console.error', line('stderr')],
  ['console.assert', assertion],
  ['Math.random', ({ host }) => randomInteger(host) / RANDOM_RANGE],
  ...UNARY_MATH.map((name): [string, AssemblyScriptCall] => [
    `Math.${name}`,
    (_context, x = 0) => Math[name](x),
  ]),
  ...BINARY_MATH.map((name): [string, AssemblyScriptCall] => [
    `Math.${name}`,
    (_context, x = 0, y = 0) => Math[name](x, y),
  ]),
]);

function abort({ memory }: AssemblyScriptContext, ...given: readonly number[]): never {
  const [messageAt = 0, fileAt = 0, row = 0, column = 0] = given;
  const message = assemblyScriptText(memory, messageAt, MAX_ABORT_UNITS) ?? '';
  const file = assemblyScriptText(memory, fileAt, MAX_ABORT_UNITS) ?? 'an unknown file';
  const why = message === '' ? '' : `: ${message}`;
  throw new GuestTrap(`abort${why} (${file}:${row}:${column})`);
}

/** As AssemblyScript's own host writes it: the message and as many numbers as it says. */
function trace(context: AssemblyScriptContext, ...given: readonly number[]): void {
  const [messageAt = 0, count = 0, ...numbers] = given;
  const shown = numbers.slice(0, Math.min(count, MOST_TRACED)).join(', ');
  const text = `trace: ${textAt(context, messageAt)}${shown === '' ? '' : ` ${shown}`}`;
  write(context, 'stderr', text);
}

function line(stream: 'stdout' | 'stderr'): AssemblyScriptCall {
  return (context, pointer = 0) => write(context, stream, textAt(context, pointer));
}

function assertion(context: AssemblyScriptContext, condition = 0, pointer = 0): void {
  if (condition === 0) {
    write(context, 'stderr', `Assertion failed: ${textAt(context, pointer)}`);
  }
}

function write({ host }: AssemblyScriptContext, stream: 'stdout' | 'stderr', text: string): void {
  host.write(stream, utf8.encode(`${text}\n`));
}

function textAt({ host, memory }: AssemblyScriptContext, pointer: number): string {
  const most = Math.floor(host.limits.payloadBytes / 2);
  return assemblyScriptText(memory, pointer, most) ?? 'null';
}

function randomInteger(host: GuestHost): number {
  const words = new Uint32Array(2);
  host.fillRandom(new Uint8Array(words.buffer));
  const [high = 0, low = 0] = words;
  return (high >>> 11) * 2 ** 32 + low;
}
