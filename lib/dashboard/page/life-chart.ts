import type { LifecycleChart } from '../../core/lifecycle-chart.ts';
import { type PlacedState, type PlacedWay, placeChart } from '../model/chart-layout.ts';
import { drawn, element } from './element.ts';

/** Draws the machine that instances run by, with the state lit in which this one is. */
export class LifeChart {
  readonly drawing: SVGSVGElement;
  /** The ways that lead on from the present state, in words. */
  readonly ways = element('ul', { id: 'life-ways', 'aria-label': 'Ways from the present state' });
  readonly #states = new Map<string, SVGElement>();
  readonly #ways: { readonly way: PlacedWay; readonly element: SVGElement }[] = [];

  constructor(chart: LifecycleChart) {
    const { width, height, states, ways } = placeChart(chart);
    const places = new Map(states.map((state) => [state.path, state]));
    const head = drawn(
      'marker',
      {
        id: 'head',
        viewBox: '0 0 8 8',
        refX: 7,
        refY: 4,
        markerWidth: 7,
        markerHeight: 7,
        orient: 'auto-start-reverse',
      },
      drawn('path', { d: 'M0 0 8 4 0 8Z', class: 'head' }),
    );
    this.drawing = drawn(
      'svg',
      { viewBox: `0 0 ${width} ${height}`, role: 'img', class: 'life-chart' },
      drawn('defs', {}, head),
    );
    // What lies below is drawn first: boxes of parts, ways, and the states that ways must not cross out.
    const compounds = states.filter(({ path }) => states.some(({ parent }) => parent === path));
    for (const state of compounds) this.#draw(state, true);
    for (const way of ways) {
      const { source, target, labels } = way;
      const [from, to] = [places.get(source), places.get(target)];
      if (from === undefined || to === undefined) continue;
      const path = drawn('path', { d: wayBetween(from, to), 'marker-end': 'url(#head)' });
      const title = drawn('title', {}, `${source} → ${target}: ${labels.join(', ')}`);
      const line = drawn('g', { class: 'way' }, path, title);
      this.#ways.push({ way, element: line });
      this.drawing.append(line);
    }
    for (const state of states) if (!compounds.includes(state)) this.#draw(state, false);
  }

  #draw({ path, x, y, width, height, isFinal }: PlacedState, isCompound: boolean): void {
    const name = path.slice(path.lastIndexOf('.') + 1);
    const box = drawn('rect', { x, y, width, height, rx: 7 });
    const text = drawn(
      'text',
      isCompound ? { x: x + 12, y: y + 20 } : { x: x + width / 2, y: y + height / 2 + 4 },
      name,
    );
    const kind = isCompound ? 'compound' : isFinal ? 'final' : 'plain';
    const state = drawn('g', { class: `state ${kind}`, 'data-path': path }, box, text);
    this.#states.set(path, state);
    this.drawing.append(state);
  }

  /** Lights a state, and the ways that lead on from it. */
  light(lifecycle: string): void {
    for (const [path, state] of this.#states) {
      state.classList.toggle('lit', path === lifecycle);
      state.classList.toggle('around', lifecycle.startsWith(`${path}.`));
    }
    const told: string[] = [];
    for (const { way, element: line } of this.#ways) {
      const { source, target, labels } = way;
      const isOpen = source === lifecycle || lifecycle.startsWith(`${source}.`);
      line.classList.toggle('lit', isOpen);
      if (isOpen) told.push(...labels.map((label) => `${label} → ${target}`));
    }
    this.ways.replaceChildren(...told.map((text) => element('li', {}, text)));
    const label = this.#states.has(lifecycle)
      ? `The lifecycle; the present state is ${lifecycle}`
      : `The lifecycle; the instance is ${lifecycle}, and no machine runs for it`;
    this.drawing.setAttribute('aria-label', label);
  }
}

/** From border to border: straight on in a row, in a bow where something could lie between. */
function wayBetween(from: PlacedState, to: PlacedState): string {
  const middle = (state: PlacedState) => state.x + state.width / 2;
  const [fromX, toX] = [middle(from), middle(to)];
  if (from.path === to.path) {
    const top = `${fromX - 14} ${from.y} C ${fromX - 22} ${from.y - 20}`;
    return `M ${top} ${fromX + 22} ${from.y - 20} ${fromX + 14} ${from.y}`;
  }
  if (from.parent === to.path) return `M ${fromX} ${from.y} L ${fromX} ${to.y}`;
  if (from.y === to.y) {
    const isNext = Math.abs(fromX - toX) < from.width / 2 + to.width / 2 + 60;
    const side = fromX < toX ? 1 : -1;
    if (isNext) {
      const y = from.y + from.height / 2 + side * 5;
      return `M ${fromX + (side * from.width) / 2} ${y} L ${toX - (side * to.width) / 2} ${y}`;
    }
    const bow = from.y + from.height + 26;
    const bottom = from.y + from.height;
    return `M ${fromX} ${bottom} C ${fromX} ${bow} ${toX} ${bow} ${toX} ${bottom}`;
  }
  const isDown = from.y < to.y;
  const fromY = isDown ? from.y + from.height : from.y;
  const toY = isDown ? to.y : to.y + to.height;
  // Apart from the way back, which would else lie upon it.
  const startX = nearest(from, toX) + (isDown ? 6 : -6);
  const endX = nearest(to, fromX) + (isDown ? 6 : -6);
  const bend = (toY - fromY) / 2;
  return `M ${startX} ${fromY} C ${startX} ${fromY + bend} ${endX} ${toY - bend} ${endX} ${toY}`;
}

/** The point of a box, by its width, that is nearest to another. */
function nearest({ x, width }: PlacedState, other: number): number {
  const margin = Math.min(24, width / 4);
  return Math.min(x + width - margin, Math.max(x + margin, (x + width / 2 + other) / 2));
}
