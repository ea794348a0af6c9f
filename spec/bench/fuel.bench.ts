import { readFile } from 'node:fs/promises';
import { meterCoreModule } from '../../lib/wasm/meter-module.ts';
import { withSupervisor } from '../e2e/fixtures.ts';
import { guestPath, pythonPath } from '../guests/guest-file.ts';
import type { BenchRun } from './effort.ts';
import { type Measurement, measurementOf } from './measurement.ts';
import { alternate, alternateOnce } from './rounds.ts';

const MODULE = guestPath('compute-c');
const FUEL = Number.MAX_SAFE_INTEGER;

/** Each computes for some milliseconds, so that the way to the guest and back does not matter. */
const KINDS = [
  { exportName: 'sieve', argument: 1_000_000, does: 'loops over a megabyte of memory' },
  { exportName: 'fib', argument: 30, does: 'calls itself' },
  { exportName: 'hash', argument: 3_000_000, does: 'multiplies and reads single bytes' },
] as const;

/** What it costs a guest to pay for what it does. */
export async function benchFuel(run: BenchRun): Promise<Measurement[]> {
  const measured: Measurement[] = [];
  for (const kind of KINDS) measured.push(await measureKind(run, kind));
  measured.push(await measureRewriting(run));
  return measured;
}

function measureKind(
  run: BenchRun,
  { exportName, argument, does }: (typeof KINDS)[number],
): Promise<Measurement> {
  const name = `fuel, ${exportName}`;
  run.progress(name);
  return withSupervisor(async (supervisor) => {
    const plain = await supervisor.startInstance({ module: MODULE });
    const metered = await supervisor.startInstance({ module: MODULE, limits: { fuel: FUEL } });
    const compute = (id: string): Promise<unknown> => supervisor.invoke(id, exportName, [argument]);
    if ((await compute(plain)) !== (await compute(metered))) {
      throw new Error(`${exportName} answers something else when it is metered`);
    }
    return measurementOf(
      {
        name,
        what: `\`invoke(id, '${exportName}', [${argument}])\` with \`limits.fuel\`: the guest \`compute-c\` ${does}`,
        floor: 'the same call of an instance without `limits.fuel`',
        unit: 'ms',
        aim: { kind: 'ratio', atMost: 2 },
      },
      await alternate(
        run,
        () => compute(plain),
        () => compute(metered),
      ),
    );
  });
}

async function measureRewriting(run: BenchRun): Promise<Measurement> {
  const name = 'fuel, rewriting CPython';
  run.progress(name);
  const bytes = new Uint8Array(await readFile(pythonPath()));
  const effort = { ...run.effort, once: Math.min(run.effort.once, 20) };
  return measurementOf(
    {
      name,
      what: 'charges put into CPython 3.12 (26 MB), once per module in a thread of the compile pool; compiling it is not counted',
      unit: 'ms',
    },
    await alternateOnce({ ...run, effort }, undefined, async () => {
      const begun = performance.now();
      meterCoreModule(bytes);
      return performance.now() - begun;
    }),
  );
}
