import uPlot from 'uplot';
import { clockText } from './amounts.ts';
import { part } from './element.ts';

/** One line of a chart. */
export interface ChartSeries {
  readonly label: string;
  /** Name of the property of the style sheet that holds its colour. */
  readonly colour: string;
  /** Told apart by more than the colour. */
  readonly dash?: readonly number[];
  /** Of bars: an outline instead. */
  readonly isHollow?: boolean;
}

const HEIGHT = 130;

const styled = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A chart over time; its colours are those of the present theme. */
export class TimeChart {
  readonly #plot: uPlot;
  readonly #frame: HTMLElement;

  constructor(
    id: string,
    series: readonly ChartSeries[],
    format: (value: number) => string,
    isBars = false,
  ) {
    this.#frame = part(id);
    const axis = {
      stroke: () => styled('--muted'),
      grid: { stroke: () => styled('--line'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui',
    };
    this.#plot = new uPlot(
      {
        width: Math.max(200, this.#frame.clientWidth),
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 0) * 1.1)] } },
        axes: [
          {
            ...axis,
            size: 24,
            space: 70,
            // Without data there is no time that it could be.
            values: ({ data }, ticks) =>
              ticks.map((tick) => (data[0].length === 0 ? '' : clockText(tick * 1_000))),
          },
          { ...axis, size: 52, values: (_plot, ticks) => ticks.map((tick) => format(tick)) },
        ],
        series: [
          {},
          ...series.map(({ label, colour, dash, isHollow }) => ({
            label,
            stroke: () => styled(colour),
            width: 2,
            ...(dash === undefined ? {} : { dash: [...dash] }),
            ...(isBars ? barsOf(colour, isHollow) : {}),
            points: { show: false },
          })),
        ],
      },
      [[], ...series.map(() => [])],
      this.#frame,
    );
    new ResizeObserver(() => {
      const width = this.#frame.clientWidth;
      if (width > 0) this.#plot.setSize({ width, height: HEIGHT });
    }).observe(this.#frame);
  }

  /** Shows values; what is said of them is for those who cannot see the chart. */
  show(
    timesS: readonly number[],
    lines: readonly (readonly (number | null)[])[],
    text: string,
  ): void {
    this.#plot.setData([[...timesS], ...lines.map((line) => [...line])]);
    this.#frame.setAttribute('aria-label', text);
  }

  /** Takes the colours of another theme. */
  recolour(): void {
    this.#plot.redraw(false, true);
  }
}

function barsOf(colour: string, isHollow = false) {
  const paths = uPlot.paths.bars?.({ size: [0.8, 20], align: 1 });
  const shape = isHollow ? { width: 1.5 } : { fill: () => styled(colour), width: 0 };
  return { ...shape, ...(paths === undefined ? {} : { paths }) };
}
