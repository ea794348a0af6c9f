import type { GuestHost } from '../../../guest.ts';
import { ERRNO, fail, WasiFailure } from '../errno.ts';
import type { Preview1Calls, WasiContext } from '../wasi-context.ts';
import { CLOCK, clockNowNs } from './clock-calls.ts';

const MAX_SUBSCRIPTIONS = 4_096;
const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const KIND = { clock: 0, read: 1, write: 2 } as const;
const ABSOLUTE = 1;
const HANG_UP = 1;

/** What a write is said to have room for; files and streams never make a writer wait. */
const WRITABLE_BYTES = 65_536n;

/** One sleep, as long as any timer of the host can be; longer waits are made of several. */
const MAX_SLEEP_MS = 2 ** 31 - 1;

interface Subscription {
  readonly userData: bigint;
  readonly kind: number;
  /** Clock number or descriptor. */
  readonly subject: number;
  readonly timeoutNs: bigint;
  readonly isAbsolute: boolean;
}

interface PollEvent {
  readonly userData: bigint;
  readonly kind: number;
  readonly errno: number;
  readonly bytes: bigint;
  readonly flags: number;
}

/**
 * Waiting for time to pass or descriptors to be ready.
 *
 * @internal
 */
export const pollCall: Preview1Calls<'poll_oneoff'> = {
  poll_oneoff(context, input, output, count, result) {
    if (count === 0 || count > MAX_SUBSCRIPTIONS) fail('inval');
    const { memory } = context;
    const subscriptions = readSubscriptions(memory.view(input, count * SUBSCRIPTION_BYTES));
    memory.require(output, count * EVENT_BYTES);
    memory.require(result, 4);
    const events = waitForEvents(context, subscriptions);
    writeEvents(memory.view(output, events.length * EVENT_BYTES), events);
    memory.setU32(result, events.length);
  },
};

function readSubscriptions(view: DataView): Subscription[] {
  const subscriptions: Subscription[] = [];
  for (let at = 0; at < view.byteLength; at += SUBSCRIPTION_BYTES) {
    const kind = view.getUint8(at + 8);
    if (kind > KIND.write) fail('inval');
    subscriptions.push({
      userData: view.getBigUint64(at, true),
      kind,
      subject: view.getUint32(at + 16, true),
      timeoutNs: view.getBigUint64(at + 24, true),
      isAbsolute: (view.getUint16(at + 40, true) & ABSOLUTE) !== 0,
    });
  }
  return subscriptions;
}

function waitForEvents(
  context: WasiContext,
  subscriptions: readonly Subscription[],
): readonly PollEvent[] {
  const { host } = context;
  const startNs = host.monotonicClockNs();
  const clocks = subscriptions.filter(({ kind }) => kind === KIND.clock);
  const events = subscriptions
    .filter(({ kind }) => kind !== KIND.clock)
    .map((subscription) => descriptorEvent(context, subscription));
  for (;;) {
    let shortestMs = MAX_SLEEP_MS;
    for (const clock of clocks) {
      const { errno, leftNs } = timeLeft(host, clock, startNs);
      if (leftNs <= 0n) events.push({ ...clock, errno, bytes: 0n, flags: 0 });
      else shortestMs = Math.min(shortestMs, Number(leftNs) / 1e6);
    }
    if (events.length > 0) return events;
    host.sleep(shortestMs);
  }
}

function timeLeft(
  host: GuestHost,
  { subject, timeoutNs, isAbsolute }: Subscription,
  startNs: bigint,
): { readonly errno: number; readonly leftNs: bigint } {
  try {
    const nowNs = clockNowNs(host, subject);
    const leftNs = isAbsolute
      ? timeoutNs - nowNs
      : timeoutNs - (clockNowNs(host, CLOCK.monotonic) - startNs);
    return { errno: ERRNO.success, leftNs };
  } catch (error) {
    if (error instanceof WasiFailure) return { errno: error.errno, leftNs: 0n };
    throw error;
  }
}

/** Nothing here can block a descriptor: it is ready, or it fails. */
function descriptorEvent(
  { descriptors, stdin }: WasiContext,
  { userData, kind, subject }: Subscription,
): PollEvent {
  const event = { userData, kind, errno: ERRNO.success, bytes: WRITABLE_BYTES, flags: 0 };
  const refused = { ...event, errno: ERRNO.badf, bytes: 0n };
  const descriptor = descriptors.find(subject);
  if (descriptor === undefined) return refused;
  const isInput = descriptor.kind === 'stream' && descriptor.stream === 'stdin';
  if (kind === KIND.write) return isInput ? refused : event;
  if (isInput) {
    const flags = stdin.remaining === 0 ? HANG_UP : 0;
    return { ...event, bytes: BigInt(stdin.remaining), flags };
  }
  if (descriptor.kind === 'stream') return refused;
  const position = descriptor.kind === 'file' ? descriptor.position : 0;
  return { ...event, bytes: BigInt(Math.max(0, descriptor.node.size - position)) };
}

function writeEvents(view: DataView, events: readonly PollEvent[]): void {
  for (const [index, event] of events.entries()) {
    const at = index * EVENT_BYTES;
    for (let word = 0; word < EVENT_BYTES; word += 8) view.setBigUint64(at + word, 0n, true);
    view.setBigUint64(at, event.userData, true);
    view.setUint16(at + 8, event.errno, true);
    view.setUint8(at + 10, event.kind);
    view.setBigUint64(at + 16, event.bytes, true);
    view.setUint16(at + 24, event.flags, true);
  }
}
