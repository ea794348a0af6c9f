import type { ExecutionEvent } from '../../core/execution-event.ts';
import { Fleet } from '../model/fleet.ts';
import { plainText } from '../model/plain-text.ts';
import { failureText, tell } from './asking.ts';
import { showCapacity } from './capacity-panel.ts';
import { part } from './element.ts';
import { EventFeed } from './event-feed.ts';
import { FleetGrid } from './fleet-grid.ts';
import { HostApi, type Provider } from './host-api.ts';
import { InstancePage } from './instance-page.ts';
import { type FeedState, LiveFeed } from './live-feed.ts';
import { showProviders } from './providers-panel.ts';
import { RatesPanel } from './rates-panel.ts';
import { followTheme } from './theme.ts';
import { askForTokens } from './token-dialog.ts';

const FIGURES_MS = 2_000;
/** States that no fact tells of, such as sleep, come with the list. */
const LIST_MS = 10_000;
const HISTORY = 1_000;

const FEED_TEXTS: Readonly<Record<FeedState, string>> = {
  connecting: 'connecting',
  live: 'live',
  waiting: 'no connection; tries again',
  refused: 'needs a token',
};

/** Puts the parts together, and leads what is heard to whoever shows it. */
class Dashboard {
  readonly #api = new HostApi();
  readonly #fleet = new Fleet();
  readonly #grid = new FleetGrid(this.#fleet, (id) => {
    location.hash = `#/instances/${encodeURIComponent(id)}`;
  });
  readonly #events = new EventFeed();
  readonly #rates = new RatesPanel();
  readonly #instance = new InstancePage(this.#api);
  #providers: readonly Provider[] = [];
  #isAdmin = false;
  #shownId: string | undefined;
  #shownAsAdmin = false;
  #isRunning = false;

  open(): void {
    followTheme(() => this.#rates.recolour());
    askForTokens(this.#api, () => void this.#run());
    part('skip').addEventListener('click', (event) => {
      // Its address would be that of another page here.
      event.preventDefault();
      part('main').focus();
    });
    globalThis.addEventListener('hashchange', () => this.#turn());
    setInterval(() => void this.#poll(), FIGURES_MS);
    setInterval(() => void this.#reload(), LIST_MS);
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const feed = new LiveFeed(this.#api, {
      onFacts: (facts) => this.#hear(facts),
      onGap: () => this.#load(),
      onState: (state) => {
        part('connection').textContent = FEED_TEXTS[state];
        part('connection').dataset['state'] = state;
      },
    });
    await feed.follow();
    this.#isRunning = false;
  }

  async #load(): Promise<{ readonly runId: string; readonly lastSeq: number }> {
    const [node, fleet, history] = await Promise.all([
      this.#api.get('node', '/v1/node'),
      this.#api.get('fleet', '/v1/fleet'),
      this.#api.get('events', `/v1/events?limit=${HISTORY}`),
    ]);
    part('node').textContent = `${node.nodeId} · ${node.version} · ${node.role}`;
    this.#isAdmin = node.role === 'admin';
    this.#fleet.forgetFacts();
    this.#grid.update(this.#fleet.load(fleet.instances, fleet.lastSeq));
    performance.mark('dashboard.loaded');
    requestAnimationFrame(() => setTimeout(() => performance.mark('dashboard.drawn')));
    const known = history.events.filter(({ seq }) => seq <= fleet.lastSeq);
    this.#events.load(known);
    this.#rates.load(known);
    await this.#poll();
    this.#turn();
    return fleet;
  }

  #hear(facts: readonly ExecutionEvent[]): void {
    const changed = new Set<string>();
    for (const fact of facts) {
      const id = this.#fleet.apply(fact);
      if (id !== undefined) changed.add(id);
    }
    this.#grid.update(changed);
    this.#events.add(facts);
    this.#rates.add(facts);
    this.#rates.showEnds();
    this.#instance.hear(facts);
    if (facts.some(({ providerId }) => providerId !== undefined)) void this.#poll();
  }

  async #poll(): Promise<void> {
    if (!this.#isRunning || document.visibilityState === 'hidden') return;
    await this.#quietly(async () => {
      const [stats, { providers }] = await Promise.all([
        this.#api.get('stats', '/v1/stats'),
        this.#api.get('providers', '/v1/providers'),
        this.#instance.refresh(),
      ]);
      this.#providers = providers;
      showCapacity(stats);
      showProviders(providers);
      this.#rates.take(stats.calls.latency);
      this.#rates.showEnds();
    });
  }

  async #reload(): Promise<void> {
    if (!this.#isRunning || document.visibilityState === 'hidden') return;
    await this.#quietly(async () => {
      const { instances, lastSeq } = await this.#api.get('fleet', '/v1/fleet');
      this.#grid.update(this.#fleet.load(instances, lastSeq));
    });
  }

  /** What is asked for again and again fails in silence: the state of the connection is shown anyway. */
  async #quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch {
      // The next time.
    }
  }

  #turn(): void {
    const [, id] = /^#\/instances\/(.+)$/.exec(location.hash) ?? [];
    const shown = id === undefined ? undefined : decoded(id);
    part('overview').hidden = shown !== undefined;
    part('instance').hidden = shown === undefined;
    document.title = shown === undefined ? 'Wasmatrix' : `${plainText(shown)} · Wasmatrix`;
    const former = this.#shownId;
    const isSame = shown === former && this.#isAdmin === this.#shownAsAdmin;
    this.#shownId = shown;
    this.#shownAsAdmin = this.#isAdmin;
    if (shown === undefined) {
      this.#instance.close();
      if (former !== undefined) this.#grid.focus(former);
      return;
    }
    if (isSame) {
      void this.#instance.refresh();
      return;
    }
    if (shown !== former) tell('');
    this.#instance.open(shown, this.#isAdmin, this.#providers).catch((error: unknown) => {
      tell(failureText(error), true);
    });
    if (shown !== former) part('instance-title').focus();
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

new Dashboard().open();
