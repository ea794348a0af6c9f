import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { LoadReport, LoadSample } from './load-report.ts';

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Requests that ended in a second, from one sample to the next of the same phase. */
function rates(samples: readonly LoadSample[]): readonly (readonly [number, number])[] {
  return samples.flatMap((sample, index) => {
    const before = samples[index - 1];
    if (before === undefined || before.phase !== sample.phase) return [];
    const seconds = sample.seconds - before.seconds;
    return seconds > 0 ? [[sample.seconds, (sample.done - before.done) / seconds] as const] : [];
  });
}

/** Resident memory, threads and the rate of requests over the time of a load, as an SVG. */
export function loadPlot({ samples, machine }: LoadReport): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 1_000, height: 480 });
  const points = (of: (sample: LoadSample) => number): (readonly [number, number])[] =>
    samples.map((sample) => [sample.seconds, of(sample)] as const);
  const line = { type: 'line' as const, showSymbol: false };
  chart.setOption({
    animation: false,
    title: { text: 'Load', subtext: machine },
    legend: { top: 8, right: 16 },
    grid: { top: 80, left: 70, right: 130 },
    xAxis: { type: 'value', name: 's' },
    yAxis: [
      { type: 'value', name: 'MiB, requests/s' },
      { type: 'value', name: 'threads', splitLine: { show: false } },
    ],
    series: [
      { ...line, name: 'RSS, MiB', data: points(({ rssMiB }) => rssMiB) },
      { ...line, name: 'requests/s', data: [...rates(samples)] },
      { ...line, name: 'threads', yAxisIndex: 1, data: points(({ threads }) => threads) },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
