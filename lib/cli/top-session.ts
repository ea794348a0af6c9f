import { emitKeypressEvents } from 'node:readline';
import type { Supervisor } from '../actors/supervisor.ts';
import { atHost } from './command-options.ts';
import { TOP_ORDERS, type TopOptions, type TopOrder } from './session-options.ts';
import { stopSignals } from './stop-signal.ts';
import type { Terminal } from './terminal.ts';
import { type TopSample, topRows, topText } from './top-frame.ts';

const OTHER_SCREEN = '\u001B[?1049h\u001B[?25l';
const OWN_SCREEN = '\u001B[?25h\u001B[?1049l';
const HOME = '\u001B[H';
const CLEAR_BELOW = '\u001B[J';
const CLEAR_RIGHT = '\u001B[K';
/** Lines of the screen that are not instances. */
const OTHER_LINES = 14;

/** Shows a host until somebody has seen enough; once, where nobody could say so. */
export async function showTop(options: TopOptions): Promise<void> {
  await atHost(options, async (supervisor, terminal) => {
    const isLive = terminal.isInteractive && process.stdin.isTTY;
    if (isLive) await showLive(supervisor, terminal, options);
    else await showOnce(supervisor, terminal, options);
  });
}

async function sampleOf(supervisor: Supervisor): Promise<TopSample> {
  const [stats, instances] = await Promise.all([supervisor.stats(), supervisor.listInstances()]);
  return { atMs: performance.now(), stats, instances };
}

async function showOnce(
  supervisor: Supervisor,
  terminal: Terminal,
  { sort, intervalMs, limit = Infinity }: TopOptions,
): Promise<void> {
  const before = await sampleOf(supervisor);
  // Rates take two looks.
  await new Promise((resolve) => setTimeout(resolve, intervalMs));
  const now = await sampleOf(supervisor);
  const rows = topRows(now, before, sort, limit);
  const { stats } = now;
  const instances = rows.map(({ info, cpuPercent, callsPerSecond }) => ({
    instanceId: info.instanceId,
    status: info.status,
    cpuPercent,
    callsPerSecond,
    restarts: info.restarts,
    usage: info.usage,
  }));
  terminal.result({ stats, instances }, () => topText(now, before, rows, sort, terminal));
}

async function showLive(
  supervisor: Supervisor,
  terminal: Terminal,
  { sort, intervalMs, limit = Infinity }: TopOptions,
): Promise<void> {
  using signals = stopSignals();
  let order: TopOrder = sort;
  const over = new AbortController();
  let wake = (): void => undefined;
  const onKey = (_: string, key: { readonly name?: string; readonly ctrl?: boolean }): void => {
    if (key.name === 'q' || (key.ctrl === true && key.name === 'c')) over.abort();
    else if (key.name === 's') {
      order = TOP_ORDERS[(TOP_ORDERS.indexOf(order) + 1) % TOP_ORDERS.length] ?? order;
    } else return;
    wake();
  };
  const onSignal = (): void => {
    over.abort();
    wake();
  };
  signals.gentle.addEventListener('abort', onSignal, { once: true });
  emitKeypressEvents(process.stdin);
  process.stdin.setRawMode(true).resume().on('keypress', onKey);
  process.stdout.write(OTHER_SCREEN);
  try {
    let before = await sampleOf(supervisor);
    while (!over.signal.aborted) {
      const now = await sampleOf(supervisor);
      const room = Math.max(1, Math.min(limit, terminal.rows - OTHER_LINES));
      const rows = topRows(now, before, order, room);
      process.stdout.write(screenOf(topText(now, before, rows, order, terminal), terminal.rows));
      before = now;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, intervalMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (over.signal.aborted) wake();
      });
    }
  } finally {
    process.stdout.write(OWN_SCREEN);
    process.stdin.off('keypress', onKey).setRawMode(false).pause();
  }
}

/** Written over what was there: clearing first would flicker. */
function screenOf(text: string, screenRows: number): string {
  const lines = text.split('\n').slice(0, screenRows - 1);
  return HOME + lines.map((line) => `${line}${CLEAR_RIGHT}`).join('\n') + CLEAR_BELOW;
}
