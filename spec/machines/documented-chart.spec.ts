import { expect } from 'chai';
import { INSTANCE_STATUSES } from '../../lib/core/lifecycle.ts';
import { instanceChart } from '../../lib/machines/instance-chart.ts';
import { repositoryText } from '../gates/source-files.ts';

const page = repositoryText('docs/concepts.md');

/** The rows of the table that begins with a line. */
function rowsOf(head: string): readonly (readonly string[])[] {
  const [, table = ''] = page.split(`${head}\n`);
  const [rows = ''] = table.split('\n\n');
  return rows
    .split('\n')
    .slice(1)
    .map((row) =>
      row
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

const unquoted = (cell = ''): string => cell.replaceAll('`', '');

describe('the lifecycle in docs/concepts.md', () => {
  const { states, transitions } = instanceChart();

  it('has the states of the machine that runs, and says which are final', () => {
    const rows = rowsOf('| state | status | |');
    expect(rows.map(([path]) => unquoted(path))).to.deep.equal(states.map(({ path }) => path));
    for (const [at, { path, isFinal }] of states.entries()) {
      expect(rows[at]?.[2]?.startsWith('final'), path).to.equal(isFinal);
    }
  });

  it('calls them by statuses that there are', () => {
    const words = rowsOf('| state | status | |').flatMap(([, status = '']) =>
      [...status.matchAll(/`(\w+)`/g)].map(([, word]) => word),
    );
    expect([...new Set(words)]).to.have.members([...INSTANCE_STATUSES]);
  });

  it('has its ways from state to state, in order, with what they wait for', () => {
    const documented = rowsOf('| from | to | by | if |').map((row) =>
      row.map(unquoted).join(' | '),
    );
    const defined = transitions.map(({ source, target, event, delay, guard }) => {
      const by = event ?? (delay === undefined ? 'at once' : `time: ${delay}`);
      return [source, target, by, guard ?? ''].join(' | ');
    });
    expect(documented).to.deep.equal(defined);
  });
});
