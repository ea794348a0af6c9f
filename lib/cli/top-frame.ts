import type { SupervisorStats } from '../actors/supervisor.ts';
import { bytesText } from '../core/bytes-text.ts';
import type { InstanceInfo } from '../core/instance-info.ts';
import type { TopOrder } from './session-options.ts';
import { statusColour } from './status-colour.ts';
import { table } from './table.ts';
import { printable, type Terminal } from './terminal.ts';

/** One look at a host. */
export interface TopSample {
  readonly atMs: number;
  readonly stats: SupervisorStats;
  readonly instances: readonly InstanceInfo[];
}

/** An instance with what it has used between two looks. */
export interface TopRow {
  readonly info: InstanceInfo;
  /** Of one processor, in percent. */
  readonly cpuPercent: number;
  readonly callsPerSecond: number;
}

/** Rows in order; of equals, the one that has used more in all comes first. */
export function topRows(
  now: TopSample,
  before: TopSample,
  order: TopOrder,
  limit: number,
): readonly TopRow[] {
  const former = new Map(before.instances.map((each) => [each.instanceId, each]));
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1_000);
  const rows = now.instances.map((info): TopRow => {
    const past = former.get(info.instanceId)?.usage ?? info.usage;
    const { cpuMs, calls } = info.usage;
    return {
      info,
      // Another life begins to count anew.
      cpuPercent: Math.max(0, cpuMs - past.cpuMs) / seconds / 10,
      callsPerSecond: Math.max(0, calls - past.calls) / seconds,
    };
  });
  const weights: Readonly<Record<TopOrder, (row: TopRow) => readonly [number, number]>> = {
    cpu: (row) => [row.cpuPercent, row.info.usage.cpuMs],
    memory: (row) => [row.info.usage.memoryBytes, 0],
    calls: (row) => [row.callsPerSecond, row.info.usage.calls],
    restarts: (row) => [row.info.restarts, 0],
  };
  const weightOf = weights[order];
  return rows
    .toSorted((a, b) => {
      const [a1, a2] = weightOf(a);
      const [b1, b2] = weightOf(b);
      return b1 - a1 || b2 - a2;
    })
    .slice(0, limit);
}

/** A screen: the host, what there is room for, the instances. */
export function topText(
  now: TopSample,
  before: TopSample,
  rows: readonly TopRow[],
  order: TopOrder,
  terminal: Terminal,
): string {
  const headings = ['INSTANCE', 'STATUS', 'CPU %', 'CPU', 'MEMORY', 'CALLS/S', 'CALLS', 'RESTARTS'];
  return [
    ...hostLines(now, before),
    '',
    table(
      headings.map((each) => terminal.paint('bold', each)),
      rows.map(({ info, cpuPercent, callsPerSecond }) => [
        printable(info.instanceId),
        terminal.paint(statusColour(info.status), info.status),
        cpuPercent.toFixed(1),
        `${(info.usage.cpuMs / 1_000).toFixed(1)} s`,
        bytesText(info.usage.memoryBytes),
        callsPerSecond.toFixed(0),
        String(info.usage.calls),
        String(info.restarts),
      ]),
    ),
    ...(now.instances.length > rows.length ? [`… ${now.instances.length - rows.length} more`] : []),
    ...(terminal.isInteractive ? ['', `sorted by ${order} · s: sort by another · q: end`] : []),
  ].join('\n');
}

function hostLines(now: TopSample, before: TopSample): string[] {
  const { stats } = now;
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1_000);
  const rate = (pick: (each: SupervisorStats) => number): string =>
    (Math.max(0, pick(stats) - pick(before.stats)) / seconds).toFixed(0);
  const counts = Object.entries(stats.instances).map(([status, count]) => `${count} ${status}`);
  return [
    `${stats.nodeId}: ${counts.join(', ')}`,
    `calls ${rate((each) => each.calls.begun)}/s, ${stats.calls.waiting} waiting; capability calls ` +
      `${rate((each) => each.capabilityCalls.served)}/s, ${stats.capabilityCalls.denied} denied`,
    `threads ${stats.threads.total}, ${stats.onDemand.asleep} asleep on demand; memory ` +
      `${bytesText(stats.memory.rssBytes)}, of guests ${bytesText(stats.memory.guestBytes)}`,
    `room: ${roomTexts(stats.capacity).join(', ')}`,
  ];
}

function roomTexts(capacity: SupervisorStats['capacity']): string[] {
  return Object.entries(capacity).map(([name, { used, limit }]) => {
    const amount = name.endsWith('Bytes') ? bytesText : String;
    return `${amount(used)} of ${amount(limit)} ${name.replace(/Bytes$/, ' memory')}`;
  });
}
