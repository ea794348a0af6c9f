import type { InstanceInfo } from '../../lib/core/instance-info.ts';
import { withSupervisor } from '../e2e/fixtures.ts';
import type { BenchRun } from './effort.ts';
import { type Measurement, measurementOf } from './measurement.ts';
import { registered } from './on-demand.bench.ts';
import { alternate } from './rounds.ts';

/** One of so many has the label that is asked for. */
const LABELLED_EVERY = 100;
const LABELS = { tier: 'gold' };

const isLabelled = ({ labels }: InstanceInfo): boolean => labels['tier'] === LABELS.tier;

function assertLength(length: number, wanted: number): void {
  if (length !== wanted) throw new Error(`${length} instead of ${wanted} were listed`);
}

/** How long it takes to list very many instances, and few of very many. */
export function benchList(run: BenchRun): Promise<Measurement[]> {
  return withSupervisor(
    async (supervisor) => {
      const { records } = run.effort;
      const count = records.toLocaleString('en');
      run.progress(`registration of ${count}`);
      await registered(supervisor, records, (index) =>
        index % LABELLED_EVERY === 0 ? LABELS : {},
      );
      const known = await supervisor.listInstances();
      run.progress(`list of ${count}`);
      const all = await alternate(
        run,
        async () => known.map((info) => ({ ...info, usage: { ...info.usage } })),
        async () => assertLength((await supervisor.listInstances()).length, records),
      );
      run.progress(`list of ${count}, by a label`);
      const some = await alternate(
        run,
        async () => known.filter(isLabelled),
        async () => {
          const { length } = await supervisor.listInstances({ labels: LABELS });
          assertLength(length, Math.ceil(records / LABELLED_EVERY));
        },
      );
      return [
        measurementOf(
          {
            name: `list of ${count}`,
            what: `\`supervisor.listInstances()\` with ${count} sleeping instances on demand until it resolves; it is one piece of work of the main thread`,
            floor:
              '`Array.map` that makes as many plain objects of the same fields from a list that is there',
            unit: 'ms',
          },
          all,
        ),
        measurementOf(
          {
            name: `list of ${count}, by a label`,
            what: `\`supervisor.listInstances({ labels: { tier: 'gold' } })\`, which one of ${LABELLED_EVERY} of the same instances has`,
            floor:
              '`Array.filter` by the same label of plain objects that are there already, with nothing checked',
            unit: 'ms',
          },
          some,
        ),
      ];
    },
    { maxFacts: 1_000, warmSpares: 0 },
  );
}
