import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { withHost } from '../host/host-stage.ts';
import { REPOSITORY_ROOT } from '../repository-root.ts';
import { skipLoudly } from '../skip-loudly.ts';
import { documentedMetrics, documentText } from './documented.ts';
import { type Scrape, scrape } from './scrape.ts';
import { everythingHappens } from './telemetry-stage.ts';

const run = promisify(execFile);

/** Names of metrics in an expression, without what Prometheus makes of a histogram. */
function metricsIn(expression: string): string[] {
  const names = expression.match(/\b(?:wasmatrix|process|nodejs)_[a-z0-9_]+/g) ?? [];
  return names.map((name) => name.replace(/_(?:bucket|sum|count)$/, ''));
}

/** The labels that an expression chooses by or groups by. */
function labelsIn(expression: string): string[] {
  const chosen = [...expression.matchAll(/[{,]\s*(\w+)\s*=~?"/g)].map(([, label = '']) => label);
  const grouped = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  );
  return [...chosen, ...grouped];
}

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const PROMETHEUS_LABELS = ['instance', 'job', 'le'];

describe('the documents of telemetry', function () {
  this.timeout(60_000);
  let seen: Scrape;

  before(() =>
    withHost(async (host) => {
      await everythingHappens(host);
      await scrape(host.url);
      seen = await scrape(host.url);
    }),
  );

  it('list every metric of a scrape with its kind and a unit, and no other', () => {
    const documented = documentedMetrics();
    expect(documented.map(({ name }) => name)).to.have.members([...seen.kinds.keys()]);
    for (const { name, kind, unit } of documented) {
      expect(kind, name).to.equal(seen.kinds.get(name));
      expect(unit, name).not.to.equal('');
      if (/_seconds(_total)?$/.test(name)) expect(unit, name).to.equal('seconds');
      if (name.endsWith('_bytes')) expect(unit, name).to.equal('bytes');
      expect(name.endsWith('_total'), name).to.equal(kind === 'counter');
    }
  });

  it('draw and judge by nothing but metrics and labels that there are', () => {
    const { panels } = JSON.parse(documentText('grafana-dashboard.json')) as {
      readonly panels: readonly Panel[];
    };
    const drawn = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const judged = [...documentText('alerts.yaml').matchAll(/^ +expr: (.+)$/gm)].map(
      ([, expression = '']) => expression,
    );
    expect(drawn).to.have.length.above(20);
    expect(judged).to.have.length.above(8);
    const labels = new Set(seen.samples.flatMap((sample) => Object.keys(sample.labels)));
    for (const expression of [...drawn, ...judged]) {
      const names = metricsIn(expression);
      if (!expression.startsWith('up{')) expect(names, expression).not.to.deep.equal([]);
      for (const name of names)
        expect(seen.kinds.has(name), `${name} in ${expression}`).to.equal(true);
      for (const label of labelsIn(expression)) {
        const isKnown = labels.has(label) || PROMETHEUS_LABELS.includes(label);
        expect(isKnown, `${label} in ${expression}`).to.equal(true);
      }
    }
  });

  it('hold rules that Prometheus itself accepts', async function () {
    const rules = join(REPOSITORY_ROOT, 'docs', 'alerts.yaml');
    try {
      await run('promtool', ['--version']);
    } catch {
      skipLoudly(this, 'promtool is not installed here');
    }
    const { stdout } = await run('promtool', ['check', 'rules', rules]);
    expect(stdout).to.include('SUCCESS');
  });
});
