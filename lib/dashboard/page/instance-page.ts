import type { ExecutionEvent } from '../../core/execution-event.ts';
import type { InstanceInfo } from '../../core/instance-info.ts';
import { plainText } from '../model/plain-text.ts';
import { lookOf } from '../model/state-look.ts';
import { bytesText, clockText, countText, millisecondsText } from './amounts.ts';
import { act, failureText, isMeant } from './asking.ts';
import { element, part } from './element.ts';
import { GrantsPanel } from './grants-panel.ts';
import { ApiFailure, type HostApi, instancePath, type Provider } from './host-api.ts';
import { InvokeForm } from './invoke-form.ts';
import { LifeChart } from './life-chart.ts';

/** What is shown of an output: the end of it. */
const MOST_OUTPUT = 64 * 1024;

/** Everything about one instance, and what may be done to it. */
export class InstancePage {
  readonly #api: HostApi;
  readonly #grants: GrantsPanel;
  readonly #invoke: InvokeForm;
  #chart: LifeChart | undefined;
  #id: string | undefined;
  #isAsking = false;
  #isAsked = false;

  constructor(api: HostApi) {
    this.#api = api;
    this.#grants = new GrantsPanel(api);
    this.#invoke = new InvokeForm(api, () => void this.refresh());
    const stop = part('stop') as HTMLButtonElement;
    const restart = part('restart') as HTMLButtonElement;
    stop.addEventListener('click', () => void this.#stop(stop));
    restart.addEventListener('click', () => void this.#restart(restart));
  }

  /** Turns to an instance. */
  async open(id: string, isAdmin: boolean, providers: readonly Provider[]): Promise<void> {
    this.#id = id;
    part('instance-title').textContent = plainText(id);
    for (const control of document.querySelectorAll<HTMLButtonElement>('[data-admin]')) {
      control.disabled = !isAdmin;
      control.title = isAdmin ? '' : 'needs a token of the role admin';
    }
    this.#grants.open(id, isAdmin, providers);
    this.#invoke.open(id);
    if (this.#chart === undefined) {
      const chart = await this.#api.get('chart', '/v1/lifecycles/instance');
      this.#chart ??= new LifeChart(chart);
      part('life').replaceChildren(this.#chart.drawing);
      part('life-ways').replaceWith(this.#chart.ways);
    }
    await this.refresh();
  }

  /** Turns away. */
  close(): void {
    this.#id = undefined;
  }

  hear(facts: readonly ExecutionEvent[]): void {
    if (facts.some(({ instanceId }) => instanceId === this.#id)) void this.refresh();
  }

  /** Asks again; what is asked for meanwhile is one more time and not many. */
  async refresh(): Promise<void> {
    this.#isAsked = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    while (this.#isAsked) {
      this.#isAsked = false;
      await this.#ask();
    }
    this.#isAsking = false;
  }

  async #ask(): Promise<void> {
    const id = this.#id;
    if (id === undefined) return;
    try {
      const info = await this.#api.get('instance', instancePath(id));
      if (id !== this.#id) return;
      this.#show(info);
      await this.#grants.refresh();
    } catch (error) {
      const isGone = error instanceof ApiFailure && error.status === 404;
      part('instance-state').textContent = isGone
        ? 'There is no such instance.'
        : failureText(error);
    }
  }

  #show(info: InstanceInfo): void {
    const { key, label } = lookOf(info.lifecycle);
    part('instance-state').replaceChildren(
      element('span', { class: `cell s-${key}`, 'aria-hidden': 'true' }),
      `${label} · ${info.lifecycle} · status ${info.status}`,
    );
    this.#chart?.light(info.lifecycle);
    part('instance-facts').replaceChildren(
      ...factsOf(info).flatMap(([name, value]) => [
        element('dt', {}, name),
        element('dd', {}, value),
      ]),
    );
    part('output').hidden = info.output === undefined;
    for (const stream of ['stdout', 'stderr'] as const) {
      const text = plainText((info.output?.[stream] ?? '').slice(-MOST_OUTPUT));
      const shown = part(stream);
      if (shown.textContent === text) continue;
      shown.textContent = text;
      shown.scrollTop = shown.scrollHeight;
    }
  }

  async #stop(control: HTMLButtonElement): Promise<void> {
    const id = this.#id;
    if (id === undefined || !(await isMeant(`Stop ${id}? It is not started again.`, 'Stop')))
      return;
    await act(control, `${id} is stopped`, () => this.#api.send('DELETE', instancePath(id)));
    await this.refresh();
  }

  async #restart(control: HTMLButtonElement): Promise<void> {
    const id = this.#id;
    if (id === undefined) return;
    const path = `${instancePath(id)}/restart`;
    await act(control, `${id} runs again`, () => this.#api.send('POST', path));
    await this.refresh();
  }
}

function factsOf(info: InstanceInfo): readonly (readonly [string, string])[] {
  const { usage, lastExit, limits, restartPolicy } = info;
  const labels = Object.entries(info.labels).map(([name, value]) => `${name}=${value}`);
  const all: readonly (readonly [string, string | undefined])[] = [
    ['Name', info.name],
    ['Group', info.groupId],
    ['Labels', labels.length === 0 ? undefined : labels.join(', ')],
    ['Module', info.moduleHash],
    ['ABI', info.abi],
    ['Residency, isolation', `${info.residency}, ${info.isolation}`],
    ['Created', new Date(info.createdAt).toLocaleString()],
    ['Restarts', countText(info.restarts)],
    ['Restart policy', restartPolicy.policyType],
    ['Next restart', info.nextRestartAt && clockText(info.nextRestartAt)],
    ['Memory', `${bytesText(usage.memoryBytes)} of ${bytesText(limits.memoryBytes)}`],
    ['Processor time', millisecondsText(usage.cpuMs)],
    ['Calls, waiting', `${countText(usage.calls)}, ${countText(usage.mailboxDepth)}`],
    [
      'Last end',
      lastExit &&
        `${lastExit.reason}${lastExit.message === undefined ? '' : `: ${lastExit.message}`}, ${clockText(lastExit.at)}`,
    ],
  ];
  return all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}
