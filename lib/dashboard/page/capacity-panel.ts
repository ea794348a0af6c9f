import { bytesText, countText } from './amounts.ts';
import { element, part } from './element.ts';
import type { Stats, Usage } from './host-api.ts';

const NAMES: Readonly<Record<string, string>> = {
  threads: 'Guest threads',
  mappings: 'Memory mappings',
  residentBytes: 'Memory',
  guestBytes: 'Memory promised to guests',
  descriptors: 'Descriptors',
  tasks: 'Threads and processes',
};

/** What is used of what there is room for, and what else is counted. */
export function showCapacity({
  capacity,
  threads,
  memory,
  calls,
  capabilityCalls,
  processes,
  shards,
}: Stats): void {
  const bounds = Object.entries(capacity).flatMap(([name, usage]) =>
    usage === undefined ? [] : [meter(NAMES[name] ?? name, usage, name.endsWith('Bytes'))],
  );
  part('capacity').replaceChildren(...bounds);
  const figures: readonly (readonly [string, string])[] = [
    ['Memory of guests', bytesText(memory.guestBytes)],
    ['Memory of the host', bytesText(memory.rssBytes)],
    ['Threads, spares', `${threads.total}, ${threads.spares}`],
    ['Processes, shards', `${processes}, ${shards.length}`],
    ['Starts that wait', countText(threads.waiting)],
    ['Calls that wait', countText(calls.waiting)],
    ['Calls so far', countText(calls.begun)],
    [
      'Capability calls, denied',
      `${countText(capabilityCalls.served)}, ${countText(capabilityCalls.denied)}`,
    ],
  ];
  part('figures').replaceChildren(
    ...figures.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
  );
}

function meter(name: string, { used, limit }: Usage, isBytes: boolean): HTMLElement {
  const text = isBytes
    ? `${bytesText(used)} of ${bytesText(limit)}`
    : `${countText(used)} of ${countText(limit)}`;
  const share = limit > 0 ? used / limit : 1;
  const bar = element('meter', {
    min: 0,
    max: 1,
    low: 0.7,
    high: 0.9,
    optimum: 0,
    value: Math.min(1, share),
    'aria-label': `${name}: ${text}`,
  });
  return element(
    'div',
    { class: 'bound' },
    element('span', {}, name),
    bar,
    element('span', { class: 'amount' }, text),
  );
}
