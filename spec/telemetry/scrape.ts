import { ask } from '../host/host-stage.ts';

/** One line of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** What a host tells Prometheus; fails on a line that Prometheus could not read. */
export class Scrape {
  readonly text: string;
  readonly samples: readonly Sample[];
  /** The metrics, by the names that their types are told of. */
  readonly kinds: ReadonlyMap<string, string>;

  constructor(text: string) {
    this.text = text;
    const lines = text.split('\n').filter((line) => line !== '');
    this.kinds = new Map(
      lines
        .filter((line) => line.startsWith('# TYPE '))
        .map((line) => line.split(' ').slice(2, 4) as [string, string]),
    );
    this.samples = lines.filter((line) => !line.startsWith('#')).map(sampleOf);
  }

  /** The sum of all values of a metric that have these labels. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.of(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  of(name: string, labels: Readonly<Record<string, string>> = {}): readonly Sample[] {
    return this.samples.filter(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  }
}

function sampleOf(line: string): Sample {
  const [, name, labels = '', value] = LINE.exec(line) ?? [];
  if (name === undefined) throw new Error(`not a sample: ${line}`);
  const pairs = [...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, text]);
  return { name, labels: Object.fromEntries(pairs), value: Number(value) };
}

/** Scrapes a host. */
export async function scrape(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Scrape> {
  const { status, text } = await ask(`${url}/metrics`, 'GET', undefined, headers);
  if (status !== 200) throw new Error(`the scrape was answered with ${status}`);
  return new Scrape(text);
}
