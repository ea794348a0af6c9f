import type { Fleet } from '../model/fleet.ts';
import type { InstanceRow } from '../model/instance-row.ts';
import { plainText } from '../model/plain-text.ts';
import { LOOKS, lookOf } from '../model/state-look.ts';
import { element, part } from './element.ts';

/** Cells that are shown; whoever has more instances searches. */
const MOST_CELLS = 20_000;

/** One cell for each instance, whose colour and sign are its state. */
export class FleetGrid {
  readonly #fleet: Fleet;
  readonly #grid = part('grid');
  readonly #cells = new Map<string, HTMLElement>();
  readonly #hiddenLooks = new Set<string>();
  readonly #counts = new Map<string, HTMLElement>();
  #search = '';
  #current: HTMLElement | undefined;

  constructor(fleet: Fleet, onOpen: (id: string) => void) {
    this.#fleet = fleet;
    this.#grid.addEventListener('keydown', (event) => this.#onKey(event, onOpen));
    this.#grid.addEventListener('click', (event) => {
      const cell = cellOf(event);
      if (cell !== undefined) onOpen(idOf(cell));
    });
    this.#grid.addEventListener('focusin', (event) => this.#describe(cellOf(event)));
    this.#grid.addEventListener('pointerover', (event) => this.#describe(cellOf(event)));
    const search = part('search') as HTMLInputElement;
    search.addEventListener('input', () => {
      this.#search = search.value.trim().toLowerCase();
      this.#filterAll();
    });
    part('legend').append(...LOOKS.map(({ key, label }) => this.#legendEntry(key, label)));
  }

  /** Shows what has become of these instances. */
  update(ids: Iterable<string>): void {
    const added: HTMLElement[] = [];
    for (const id of ids) {
      const row = this.#fleet.get(id);
      const cell = this.#cells.get(id);
      if (row === undefined) this.#remove(id, cell);
      else if (cell !== undefined) this.#show(cell, row);
      else if (this.#cells.size < MOST_CELLS) added.push(this.#add(row));
    }
    this.#grid.append(...added);
    if (this.#current === undefined) this.#makeCurrent(this.#visible()[0]);
    this.#count();
  }

  focus(id: string): void {
    this.#cells.get(id)?.focus();
  }

  #add(row: InstanceRow): HTMLElement {
    const cell = element('div', { role: 'option', tabindex: -1, 'aria-selected': 'false' });
    cell.dataset['id'] = row.id;
    this.#cells.set(row.id, cell);
    this.#show(cell, row);
    return cell;
  }

  #show(cell: HTMLElement, row: InstanceRow): void {
    const { key } = lookOf(row.lifecycle);
    cell.className = `cell s-${key}`;
    cell.setAttribute('aria-label', describe(row));
    this.#filter(cell, row);
    if (cell === document.activeElement) this.#describe(cell);
  }

  #remove(id: string, cell: HTMLElement | undefined): void {
    if (cell === undefined) return;
    const isFocused = cell === document.activeElement;
    if (cell === this.#current) {
      const next = (cell.nextElementSibling ?? cell.previousElementSibling) as HTMLElement | null;
      this.#makeCurrent(next ?? undefined);
      if (isFocused) next?.focus();
    }
    cell.remove();
    this.#cells.delete(id);
  }

  #filterAll(): void {
    for (const [id, cell] of this.#cells) {
      const row = this.#fleet.get(id);
      if (row !== undefined) this.#filter(cell, row);
    }
    if (this.#current?.hidden !== false) this.#makeCurrent(this.#visible()[0]);
  }

  #filter(cell: HTMLElement, { id, name = '', group = '', lifecycle }: InstanceRow): void {
    const isFound = [id, name, group].some((text) => text.toLowerCase().includes(this.#search));
    cell.hidden = !isFound || this.#hiddenLooks.has(lookOf(lifecycle).key);
  }

  #legendEntry(key: string, label: string): HTMLElement {
    const count = element('b', {}, '0');
    this.#counts.set(key, count);
    const entry = element(
      'button',
      { type: 'button', 'aria-pressed': 'true', title: `Show or hide: ${label}` },
      element('span', { class: `cell s-${key}`, 'aria-hidden': 'true' }),
      element('span', {}, label),
      count,
    );
    entry.addEventListener('click', () => {
      if (!this.#hiddenLooks.delete(key)) this.#hiddenLooks.add(key);
      entry.setAttribute('aria-pressed', String(!this.#hiddenLooks.has(key)));
      this.#filterAll();
    });
    return element('li', {}, entry);
  }

  #count(): void {
    const counts = new Map<string, number>();
    for (const { lifecycle } of this.#fleet.rows()) {
      const { key } = lookOf(lifecycle);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const [key, shown] of this.#counts) shown.textContent = String(counts.get(key) ?? 0);
    const { size } = this.#fleet;
    part('fleet-size').textContent =
      size > MOST_CELLS ? `${size}, of which ${MOST_CELLS} have a cell` : String(size);
    part('grid-empty').hidden = size > 0;
  }

  #describe(cell: HTMLElement | undefined): void {
    if (cell === undefined) return;
    if (document.activeElement === cell) this.#makeCurrent(cell);
    const row = this.#fleet.get(idOf(cell));
    if (row !== undefined) part('grid-text').textContent = describe(row);
  }

  #makeCurrent(cell: HTMLElement | undefined): void {
    if (cell === this.#current) return;
    this.#current?.setAttribute('tabindex', '-1');
    this.#current?.setAttribute('aria-selected', 'false');
    this.#current = cell;
    cell?.setAttribute('tabindex', '0');
    cell?.setAttribute('aria-selected', 'true');
  }

  #visible(): HTMLElement[] {
    return [...this.#cells.values()].filter(({ hidden }) => !hidden);
  }

  #onKey(event: KeyboardEvent, onOpen: (id: string) => void): void {
    const cell = cellOf(event);
    if (cell === undefined) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onOpen(idOf(cell));
      return;
    }
    const cells = this.#visible();
    const target = targetOf(event.key, cells, cells.indexOf(cell));
    if (target === undefined) return;
    event.preventDefault();
    target.focus();
  }
}

/** Where a key leads in a grid whose lines are as long as the window lets them be. */
function targetOf(key: string, cells: readonly HTMLElement[], at: number): HTMLElement | undefined {
  const top = cells[0]?.offsetTop;
  const columns =
    Math.max(
      1,
      cells.findIndex((cell) => cell.offsetTop !== top),
    ) || 1;
  const perLine = cells.at(-1)?.offsetTop === top ? cells.length : columns;
  const page = perLine * 10;
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - perLine,
    ArrowDown: at + perLine,
    PageUp: Math.max(at % perLine, at - page),
    PageDown: Math.min(cells.length - 1, at + page),
    Home: 0,
    End: cells.length - 1,
  };
  const to = Object.hasOwn(steps, key) ? steps[key] : undefined;
  return to === undefined || to < 0 ? undefined : cells[to];
}

function describe({ id, name, group, lifecycle, restarts }: InstanceRow): string {
  const called = name === undefined ? id : `${name} (${id})`;
  const told = `${called}, ${lookOf(lifecycle).label}, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`;
  return plainText(group === undefined ? told : `${told}, group ${group}`);
}

const idOf = (cell: HTMLElement): string => cell.dataset['id'] ?? '';

function cellOf(event: Event): HTMLElement | undefined {
  const { target } = event;
  return target instanceof HTMLElement && target.dataset['id'] !== undefined ? target : undefined;
}
