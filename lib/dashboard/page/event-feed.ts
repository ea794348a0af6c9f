import { EXECUTION_EVENT_TYPES, type ExecutionEvent } from '../../core/execution-event.ts';
import { clockText } from './amounts.ts';
import { element, part } from './element.ts';

/** Facts that are kept to be filtered anew, and lines that are shown. */
const MOST_KEPT = 5_000;
const MOST_SHOWN = 200;
/** What a fact tells, in characters; a guest may say more than anybody reads. */
const MOST_TEXT = 400;

/** The newest facts, by type and by what they are about. */
export class EventFeed {
  readonly #list = part('feed');
  readonly #type = part('feed-type') as HTMLSelectElement;
  readonly #about = part('feed-about') as HTMLInputElement;
  readonly #pause = part('feed-pause');
  #facts: ExecutionEvent[] = [];
  #isPaused = false;

  constructor() {
    this.#type.append(
      ...EXECUTION_EVENT_TYPES.map((type) =>
        element('option', { value: type }, type.replaceAll('_', ' ')),
      ),
    );
    this.#type.addEventListener('change', () => this.#showAll());
    this.#about.addEventListener('input', () => this.#showAll());
    this.#pause.addEventListener('click', () => {
      this.#isPaused = !this.#isPaused;
      this.#pause.setAttribute('aria-pressed', String(this.#isPaused));
      if (!this.#isPaused) this.#showAll();
    });
  }

  /** Begins anew with these. */
  load(facts: readonly ExecutionEvent[]): void {
    this.#facts = [];
    this.#keep(facts);
    this.#showAll();
  }

  add(facts: readonly ExecutionEvent[]): void {
    this.#keep(facts);
    if (this.#isPaused) return;
    const lines = facts.filter((fact) => this.#matches(fact)).slice(-MOST_SHOWN);
    this.#list.prepend(...lines.toReversed().map(line));
    while (this.#list.childElementCount > MOST_SHOWN) this.#list.lastElementChild?.remove();
    this.#tellIfEmpty();
  }

  #keep(facts: readonly ExecutionEvent[]): void {
    this.#facts = [...this.#facts, ...facts].slice(-MOST_KEPT);
  }

  #matches({ type, instanceId = '', providerId = '', groupId = '' }: ExecutionEvent): boolean {
    const about = this.#about.value.trim().toLowerCase();
    return (
      (this.#type.value === '' || this.#type.value === type) &&
      [instanceId, providerId, groupId].some((id) => id.toLowerCase().includes(about))
    );
  }

  #showAll(): void {
    const found = this.#facts.filter((fact) => this.#matches(fact)).slice(-MOST_SHOWN);
    this.#list.replaceChildren(...found.toReversed().map(line));
    this.#tellIfEmpty();
  }

  #tellIfEmpty(): void {
    part('feed-empty').hidden = this.#list.childElementCount > 0;
  }
}

function line(fact: ExecutionEvent): HTMLElement {
  const { seq, type, timestamp, instanceId, providerId, groupId, details } = fact;
  const about =
    instanceId === undefined
      ? element('span', { class: 'about' }, providerId ?? groupId ?? '')
      : element(
          'a',
          { class: 'about', href: `#/instances/${encodeURIComponent(instanceId)}` },
          instanceId,
        );
  return element(
    'li',
    { class: `fact f-${type}`, 'data-seq': seq },
    element('time', { datetime: timestamp }, clockText(timestamp)),
    element('span', { class: 'type' }, type.replaceAll('_', ' ')),
    about,
    element('span', { class: 'details' }, detailsText(details)),
  );
}

function detailsText(details: ExecutionEvent['details']): string {
  const text = Object.entries(details)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text;
}
