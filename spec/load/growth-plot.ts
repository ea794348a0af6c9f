import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { GrowthReport } from './growth-report.ts';

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH = 1_000;
const HEIGHT = 720;
const TOP = 60;
/** Apart from each other for those, too, who see red and green alike. */
const COLOURS = ['#0072b2', '#d55e00', '#666666'];

interface Line {
  readonly name: string;
  /** Nothing where it was not measured. */
  readonly points: readonly (readonly [number, number | undefined])[];
}

interface Panel {
  readonly title: string;
  readonly lines: readonly Line[];
}

const where = (index: number) => ({
  left: 70 + (index % 2) * (WIDTH / 2),
  top: TOP + 70 + Math.floor(index / 2) * ((HEIGHT - TOP) / 2),
});

/** Four panels over the same logarithmic axis, on white, so that it can be read on a dark page as well. */
function plot(title: string, subtext: string, axis: string, panels: readonly Panel[]): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  chart.setOption({
    animation: false,
    backgroundColor: '#fff',
    title: [
      { text: title, subtext },
      ...panels.map(({ title: text }, at) => ({
        text,
        textStyle: { fontSize: 14 },
        left: where(at).left - 40,
        top: where(at).top - 55,
      })),
    ],
    legend: panels.map(({ lines }, at) => ({
      data: lines.map(({ name }) => name),
      itemGap: 24,
      left: where(at).left - 20,
      top: where(at).top - 30,
    })),
    grid: panels.map((_, at) => ({ ...where(at), width: 390, height: 210 })),
    xAxis: panels.map((_, gridIndex) => ({ type: 'log', gridIndex, name: axis, nameGap: 5 })),
    yAxis: panels.map((_, gridIndex) => ({ type: 'value', gridIndex, min: 0 })),
    series: panels.flatMap(({ lines }, at) =>
      lines.map(({ name, points }, which) => ({
        type: 'line' as const,
        name,
        color: COLOURS[which % COLOURS.length],
        xAxisIndex: at,
        yAxisIndex: at,
        data: points.map(([count, value]) => [count, value ?? '-']),
      })),
    ),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function linesOf<Point>(
  points: readonly Point[],
  countOf: (point: Point) => number,
): (name: string, of: (point: Point) => number | undefined) => Line {
  return (name, of) => ({ name, points: points.map((point) => [countOf(point), of(point)]) });
}

/** What residents cost as they get more, as an SVG. */
export function residentsPlot({ residents, machine }: GrowthReport): string {
  const line = linesOf(residents.points, (point) => point.residents);
  return plot('Residents', machine, 'n', [
    {
      title: 'Start, ms',
      lines: [
        line('start p50', ({ startMs }) => startMs.p50),
        line('start p99', ({ startMs }) => startMs.p99),
      ],
    },
    {
      title: 'Call, ms',
      lines: [
        line('call p50', ({ callMs }) => callMs.p50),
        line('call p99', ({ callMs }) => callMs.p99),
        line('bare thread p50', ({ floorMs }) => floorMs.p50),
      ],
    },
    {
      title: 'Processor time of the host, µs a call',
      lines: [
        line('main thread', ({ mainCpuUs }) => mainCpuUs),
        line('whole process', ({ hostCpuUs }) => hostCpuUs),
      ],
    },
    {
      title: 'Resident memory, MiB',
      lines: [line('host', ({ hostMiB }) => hostMiB), line('shards', ({ shardsMiB }) => shardsMiB)],
    },
  ]);
}

/** What instances on demand cost as they get more, as an SVG. */
export function recordsPlot({ records, machine }: GrowthReport): string {
  const line = linesOf(records.points, (point) => point.records);
  return plot('Instances on demand', machine, 'n', [
    {
      title: 'Registration, ms',
      lines: [
        line('registration p50', ({ registrationMs }) => registrationMs.p50),
        line('registration p99', ({ registrationMs }) => registrationMs.p99),
      ],
    },
    {
      title: 'Activation, ms',
      lines: [
        line('activation p50', ({ callMs }) => callMs.p50),
        line('activation p99', ({ callMs }) => callMs.p99),
      ],
    },
    {
      title: 'Processor time of the host, µs a call',
      lines: [
        line('main thread', ({ mainCpuUs }) => mainCpuUs),
        line('whole process, guests included', ({ hostCpuUs }) => hostCpuUs),
      ],
    },
    {
      title: 'Heap of one record, bytes',
      lines: [line('heap', ({ eachBytes }) => eachBytes)],
    },
  ]);
}
