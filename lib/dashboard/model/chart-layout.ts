import type { ChartState, ChartTransition, LifecycleChart } from '../../core/lifecycle-chart.ts';

/** A state with its place, in units of the drawing. */
export interface PlacedState extends ChartState {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A way between two places, with everything that leads along it. */
export interface PlacedWay {
  readonly source: string;
  readonly target: string;
  readonly labels: readonly string[];
}

/** A lifecycle that can be drawn. */
export interface PlacedChart {
  readonly width: number;
  readonly height: number;
  readonly states: readonly PlacedState[];
  readonly ways: readonly PlacedWay[];
}

const BOX = { width: 104, height: 34 };
const GAP = { x: 34, y: 56 };
const PADDING = 22;

/** What leads along a transition, in words. */
function transitionLabel({ event, delay, guard }: ChartTransition): string {
  const cause = event ?? (delay === undefined ? 'at once' : `after ${delay}`);
  return guard === undefined ? cause : `${cause} [${guard}]`;
}

/**
 * Places the states in rows: parts of a state beside each other in its box, and below it what can be reached
 * from there, by the number of steps; final states come last.
 */
export function placeChart({ states, transitions }: LifecycleChart): PlacedChart {
  const rows = rowsOf(states, transitions);
  const widest = Math.max(...rows.map((row) => rowWidth(row, states)));
  const placed: PlacedState[] = [];
  let y = PADDING / 2;
  for (const row of rows) {
    const hasParts = row.some((state) => partsOf(state, states).length > 0);
    let x = (widest - rowWidth(row, states)) / 2 + PADDING / 2;
    for (const state of row) {
      const parts = partsOf(state, states);
      const width = boxWidth(state, states);
      const height = parts.length > 0 ? BOX.height + PADDING * 2 : BOX.height;
      placed.push({ ...state, x, y, width, height });
      for (const [index, part] of parts.entries()) {
        const left = x + PADDING / 2 + index * (BOX.width + GAP.x);
        placed.push({ ...part, x: left, y: y + PADDING * 1.5, ...BOX });
      }
      x += width + GAP.x;
    }
    y += (hasParts ? BOX.height + PADDING * 2 : BOX.height) + GAP.y;
  }
  return {
    width: widest + PADDING,
    height: y - GAP.y + PADDING / 2,
    states: placed,
    ways: waysOf(transitions),
  };
}

const partsOf = (state: ChartState, states: readonly ChartState[]): readonly ChartState[] =>
  states.filter(({ parent }) => parent === state.path);

function boxWidth(state: ChartState, states: readonly ChartState[]): number {
  const parts = partsOf(state, states).length;
  return parts === 0 ? BOX.width : parts * (BOX.width + GAP.x) - GAP.x + PADDING;
}

const rowWidth = (row: readonly ChartState[], states: readonly ChartState[]): number =>
  row.reduce((sum, state) => sum + boxWidth(state, states) + GAP.x, -GAP.x);

function rowsOf(
  states: readonly ChartState[],
  transitions: readonly ChartTransition[],
): readonly (readonly ChartState[])[] {
  const top = states.filter(({ parent }) => parent === undefined);
  const topOf = (path: string): string => path.split('.')[0] ?? path;
  const steps = new Map(top.filter(({ isInitial }) => isInitial).map(({ path }) => [path, 0]));
  const queue = [...steps.keys()];
  for (const path of queue) {
    for (const { source, target } of transitions) {
      const next = topOf(target);
      if (topOf(source) !== path || steps.has(next)) continue;
      steps.set(next, (steps.get(path) ?? 0) + 1);
      queue.push(next);
    }
  }
  const last = Math.max(...steps.values()) + 1;
  const rowOf = ({ path, isFinal }: ChartState): number =>
    isFinal ? last : (steps.get(path) ?? last);
  const rows = Array.from({ length: last + 1 }, (_none, index) =>
    top.filter((state) => rowOf(state) === index),
  );
  return rows.filter((row) => row.length > 0);
}

function waysOf(transitions: readonly ChartTransition[]): readonly PlacedWay[] {
  const ways = new Map<string, { source: string; target: string; labels: string[] }>();
  for (const transition of transitions) {
    const { source, target } = transition;
    const key = `${source} ${target}`;
    const way = ways.get(key) ?? { source, target, labels: [] };
    way.labels.push(transitionLabel(transition));
    ways.set(key, way);
  }
  return [...ways.values()];
}
