import type { Supervisor } from '../../lib/actors/supervisor.ts';
import { quantilesOf } from '../bench/quantiles.ts';
import type { CallCosts } from './growth-report.ts';
import type { GrowthRun } from './growth-run.ts';

const WARM_UP = 50;

/** Microseconds of processor time so far; Node tells those of one thread since version 23.9. */
function cpuUs(): { readonly host: number; readonly main: number | undefined } {
  const sum = ({ user, system }: NodeJS.CpuUsage): number => user + system;
  const main = 'threadCpuUsage' in process ? sum(process.threadCpuUsage()) : undefined;
  return { host: sum(process.cpuUsage()), main };
}

/** Calls instances that are drawn by chance, one call at a time. */
export async function callCosts(
  run: GrowthRun,
  supervisor: Supervisor,
  ids: readonly string[],
  phase: string,
): Promise<CallCosts> {
  const samples: number[] = [];
  const call = async (index: number): Promise<void> => {
    const id = ids[Math.floor(Math.random() * ids.length)] ?? '';
    const begunAtMs = performance.now();
    const sum = await supervisor.invoke(id, 'add', [index, 7]);
    samples.push(performance.now() - begunAtMs);
    if (sum !== index + 7) run.fault(`${phase}: ${index} + 7 was ${String(sum)}`);
  };
  for (let index = 0; index < WARM_UP; index += 1) await call(index);
  samples.length = 0;
  const before = cpuUs();
  await run.repeat(phase, run.options.calls, call);
  const after = cpuUs();
  const each = (used: number): number => used / samples.length;
  return {
    callMs: quantilesOf(samples),
    ...(after.main === undefined || before.main === undefined
      ? {}
      : { mainCpuUs: each(after.main - before.main) }),
    hostCpuUs: each(after.host - before.host),
  };
}
